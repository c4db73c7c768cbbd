/* Counts what is written to the history's log. At the one whose number is asked for the disk goes bad: loaded before libc.
 * BAD_DISK_HOW: torn (half of it is written, and the process is killed), refused (I/O error, once), full (no room for this
 * one and some more), unsynced (an I/O error of each wait for the disk, thirty times). */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *how = "";
static long at = -1;
static _Atomic long written;

__attribute__((constructor)) static void begin(void) {
    const char *number = getenv("BAD_DISK_AT"), *kind = getenv("BAD_DISK_HOW");
    at = number ? atol(number) : -1;
    how = kind ? kind : "";
}

static int is_log(int file) {
    char name[64], target[4096];
    snprintf(name, sizeof name, "/proc/self/fd/%d", file);
    ssize_t length = readlink(name, target, sizeof target - 1);
    return length > 12 && memcmp(target + length - 12, ".sqlite3-wal", 12) == 0;
}

typedef ssize_t (*writer)(int, const void *, size_t, off_t);

static ssize_t bad(const char *name, int file, const void *from, size_t size, off_t where) {
    writer real = (writer)dlsym(RTLD_NEXT, name);
    if (at < 0 || !is_log(file)) return real(file, from, size, where);
    long number = atomic_fetch_add(&written, 1), full = strcmp(how, "full") == 0;
    if (number == at && strcmp(how, "torn") == 0) {
        real(file, from, size / 2, where);
        kill(getpid(), SIGKILL);
    }
    if (number == at && strcmp(how, "refused") == 0) return errno = EIO, -1;
    if (full && number >= at && number < at + 40) return errno = ENOSPC, -1;
    return real(file, from, size, where);
}

ssize_t pwrite(int file, const void *from, size_t size, off_t where) { return bad("pwrite", file, from, size, where); }
ssize_t pwrite64(int file, const void *from, size_t size, off_t where) { return bad("pwrite64", file, from, size, where); }

static int synced(const char *name, int file) {
    int (*real)(int) = (int (*)(int))dlsym(RTLD_NEXT, name);
    static _Atomic long refused;
    if (at >= 0 && strcmp(how, "unsynced") == 0 && is_log(file) && written >= at && atomic_fetch_add(&refused, 1) < 30)
        return errno = EIO, -1;
    return real(file);
}

int fsync(int file) { return synced("fsync", file); }
int fdatasync(int file) { return synced("fdatasync", file); }
