/* SPDX-License-Identifier: ISC */
/* The style of the page, as the content of its <style>. */
#ifndef BIJK_STATUS_STYLE_H
#define BIJK_STATUS_STYLE_H

extern const char page_style[];

#endif
