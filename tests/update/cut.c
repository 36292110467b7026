/* The power goes away right before the n-th change to a disk, whoever of the update's processes makes it.
 *
 * Loaded into all of them (LD_PRELOAD). CUT_COUNT is a file of eight bytes where they count together; CUT_AT is n, and 0
 * only counts. What ends is the process group: the updater, git, pip, everything they started.
 */

#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

static long *count;
static long cut_at;

__attribute__((constructor)) static void begin(void)
{
    const char *file = getenv("CUT_COUNT"), *at = getenv("CUT_AT");
    int handle = file ? open(file, O_RDWR | O_CLOEXEC) : -1;

    if (handle < 0)
        return;
    count = mmap(NULL, sizeof *count, PROT_READ | PROT_WRITE, MAP_SHARED, handle, 0);
    close(handle);
    if (count == MAP_FAILED)
        count = NULL;
    cut_at = at ? atol(at) : 0;
}

static void change(void)
{
    if (count && __atomic_add_fetch(count, 1, __ATOMIC_SEQ_CST) == cut_at) {
        kill(0, SIGKILL);
        for (;;)
            pause();
    }
}

static void change_of(int handle)
{
    struct stat about;

    if (count && fstat(handle, &about) == 0 && S_ISREG(about.st_mode))
        change();
}

#define REAL(name) static __typeof__(&name) real; if (!real) real = (__typeof__(&name))dlsym(RTLD_NEXT, #name)

#define CHANGE(name, declared, given) \
    int name declared { REAL(name); change(); return real given; }
CHANGE(rename, (const char *a, const char *b), (a, b))
CHANGE(renameat, (int f, const char *a, int t, const char *b), (f, a, t, b))
CHANGE(renameat2, (int f, const char *a, int t, const char *b, unsigned int how), (f, a, t, b, how))
CHANGE(link, (const char *a, const char *b), (a, b))
CHANGE(linkat, (int f, const char *a, int t, const char *b, int how), (f, a, t, b, how))
CHANGE(symlink, (const char *a, const char *b), (a, b))
CHANGE(symlinkat, (const char *a, int t, const char *b), (a, t, b))
CHANGE(unlink, (const char *a), (a))
CHANGE(unlinkat, (int f, const char *a, int how), (f, a, how))
CHANGE(mkdir, (const char *a, mode_t mode), (a, mode))
CHANGE(mkdirat, (int f, const char *a, mode_t mode), (f, a, mode))
CHANGE(rmdir, (const char *a), (a))
CHANGE(truncate, (const char *a, off_t size), (a, size))
CHANGE(fsync, (int handle), (handle))
CHANGE(fdatasync, (int handle), (handle))

#define CHANGE_OF(type, name, declared, given) \
    type name declared { REAL(name); change_of(handle); return real given; }
CHANGE_OF(ssize_t, write, (int handle, const void *from, size_t size), (handle, from, size))
CHANGE_OF(ssize_t, pwrite, (int handle, const void *from, size_t size, off_t at), (handle, from, size, at))
CHANGE_OF(ssize_t, pwrite64, (int handle, const void *from, size_t size, off64_t at), (handle, from, size, at))
CHANGE_OF(ssize_t, writev, (int handle, const struct iovec *from, int pieces), (handle, from, pieces))
CHANGE_OF(int, ftruncate, (int handle, off_t size), (handle, size))
CHANGE_OF(int, ftruncate64, (int handle, off64_t size), (handle, size))

/* Only making a file, or emptying one, is a change. */
#define OPENING(name, declared, given) \
    int name declared { \
        mode_t mode = 0; \
        REAL(name); \
        if (how & (O_CREAT | O_TRUNC)) { \
            va_list more; \
            va_start(more, how); \
            mode = va_arg(more, mode_t); \
            va_end(more); \
            change(); \
        } \
        return real given; \
    }
OPENING(open, (const char *path, int how, ...), (path, how, mode))
OPENING(open64, (const char *path, int how, ...), (path, how, mode))
OPENING(openat, (int folder, const char *path, int how, ...), (folder, path, how, mode))
OPENING(openat64, (int folder, const char *path, int how, ...), (folder, path, how, mode))
