#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""remote_write.py DIR: the bytes that the scrapes in DIR take as Prometheus remote write, version 1: one WriteRequest a scrape, its
series with all labels and one sample each, in snappy's block format; at most 2000 samples a request, as Prometheus sends them."""
import pathlib
import re
import struct
import sys

import snappy

LABEL = re.compile(r'([a-zA-Z_]\w*)="((?:[^"\\]|\\.)*)"')
SAMPLE = re.compile(r'^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)')


def varint(n):
    out = bytearray()
    while n > 127:
        out.append(n & 127 | 128)
        n >>= 7
    out.append(n)
    return bytes(out)


def field(number, data):
    return varint(number << 3 | 2) + varint(len(data)) + data


def series(match, moment):
    labels = {'__name__': match[1], 'instance': 'localhost:9100', 'job': 'node'}
    labels.update(LABEL.findall(match[2] or ''))
    text = b''.join(field(1, field(1, k.encode()) + field(2, v.encode())) for k, v in sorted(labels.items()))
    sample = b'\x09' + struct.pack('<d', float(match[3])) + b'\x10' + varint(moment)
    return field(1, text + field(2, sample))


def main():
    total = 0
    for i, path in enumerate(sorted(pathlib.Path(sys.argv[1]).iterdir())):
        moment = 1767225600000 + i * 60000
        found = [series(m, moment) for m in map(SAMPLE.match, path.read_text().splitlines()) if m]
        for start in range(0, len(found), 2000):
            total += len(snappy.compress(b''.join(found[start:start + 2000])))
    print(total)


main()
