/* SPDX-License-Identifier: ISC */
/* Reading and writing each of the files of masters.h, which alone does so. */
#ifndef BIJK_TRUST_MASTERS_FILES_H
#define BIJK_TRUST_MASTERS_FILES_H

#include <stdbool.h>
#include <stdint.h>

#include "common/base/buf.h"
#include "common/base/file.h"
#include "common/fail.h"
#include "common/trust/card.h"

/* --- masters/ADDRESS and imported/ADDRESS --- */

enum folder { MASTERS, IMPORTED, FOLDERS };
const char *folder_name(enum folder folder);

/*
 * 1: read; 0: the file holds no card of this master, and was warned of; -1:
 * errno. *c is to be freed in any case.
 */
int card_file_read(int state_dir, enum folder folder, const char *address, struct card *c);
/* Durable; makes the folder. *changed (or NULL): not the same as before. */
int card_file_write(
    int state_dir, enum folder folder, const char *address, const struct card *c, bool *changed);
/* Durable; one that is not there is no error. -1: errno. */
int card_file_remove(int state_dir, enum folder folder, const char *address);
/* The addresses of all in it, sorted. -1: errno, and the list is empty. */
int card_file_list(int state_dir, enum folder folder, struct name_list *names);

/* --- known_hosts and .ssh/authorized_keys, modes 0600, .ssh 0700 --- */

#define TRUST_FILE_MAX (8u << 20) /* bytes of either */

/*
 * 1: one of them was not what it should be, and with `change` is made so,
 * durably and in one step; 0: both were; -1: f. A file that is not there is
 * empty. What cannot be read is not replaced.
 */
int trust_files_settle(int state_dir, const struct buf *known, const struct buf *authorized,
    bool change, struct fail *f);

/* --- state/register-ADDRESS --- */

/*
 * How registering with a master went: small state, which may be lost. Then the
 * node registers once more, which changes nothing.
 */
struct register_state {
	int64_t tried; /* seconds since 1970; 0: never */
	int64_t taken;
	char key[64];	 /* fingerprint of the key of ours that it took last; "": none */
	char result[16]; /* of the last try: a word, and a sentence; "" when none is known */
	char reason[FAIL_TEXT_MAX];
	/*
	 * What it was told of us, "" and 0 where that is not known: our name
	 * and address, the port of our sshd, and a digest of its host keys in
	 * hex.
	 */
	char name[NODE_NAME_MAX + 1];
	char address[256];
	uint16_t port;
	char hostkeys[33];
};

/* Notes what this card of ours tells of us. -1: no memory. */
int register_state_told(struct register_state *s, const struct card *card);
/* Was it told something else? Ignores what is not known, then or now. */
bool register_state_outdated(const struct register_state *s, const struct card *now);
/* Did it take us under another name than this? */
bool register_state_renamed(const struct register_state *s, const char *name);

/* What is not there or not readable is "never". */
void register_state_read(struct register_state *s, int state_dir, const char *address);
/* A failure is only warned of. */
void register_state_write(const struct register_state *s, int state_dir, const char *address);
void register_state_remove(int state_dir, const char *address);

#endif
