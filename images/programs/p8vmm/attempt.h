/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ATTEMPT_H
#define ATTEMPT_H

/* What went wrong, in words for a person: "KVM_RUN: EBUSY". Empty: nothing yet. */
struct failure {
	char text[128];
};

__attribute__((format(printf, 2, 3)))
void fail(struct failure *failure, const char *format, ...);

/* RESULT as it is; if it is negative, notes that WHAT failed, and errno's name. */
long attempt(long result, const char *what, struct failure *failure);

/* ioctl() by the request's own name, so that a failure names it. */
#define attempt_ioctl(fd, request, argument, failure) \
	attempt(ioctl(fd, request, argument), #request, failure)

#endif
