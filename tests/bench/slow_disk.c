/* Counts what waits for the disk, in a file others may read, and makes it wait longer: loaded before libc. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

static _Atomic long *counted;
static long delay_us;

__attribute__((constructor)) static void begin(void) {
    const char *path = getenv("SYNCS_COUNTED"), *delay = getenv("SYNCS_DELAY_US");
    int file = path ? open(path, O_RDWR) : -1;
    if (file >= 0) {
        void *page = mmap(NULL, sizeof(long), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
        counted = page == MAP_FAILED ? NULL : page;
        close(file);
    }
    delay_us = delay ? atol(delay) : 0;
}

static int later(const char *name, int file) {
    int (*real)(int) = (int (*)(int))dlsym(RTLD_NEXT, name);
    if (counted) atomic_fetch_add(counted, 1);
    if (delay_us) usleep((useconds_t)delay_us);
    return real(file);
}

int fsync(int file) { return later("fsync", file); }
int fdatasync(int file) { return later("fdatasync", file); }
