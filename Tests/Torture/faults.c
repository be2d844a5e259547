// Loaded into praxis (LD_PRELOAD): counts its calls that change files, or that read them, and lets the one that is asked for, and with
// TORTURE_ON all after it, fail or be the last. The programs that praxis starts have an environment of their own and run as they are.
//
//   TORTURE_CLASS  write or read
//   TORTURE_AT     the number of the call, from 1 on; 0: none
//   TORTURE_ERRNO  the error; 0: the process is killed in front of the call
//   TORTURE_ON     1: each later call of the class fails as well
//   TORTURE_COUNT  a file that gets the number of calls at the end
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

static atomic_long calls;
static long at, number, goes_on;
static int counts_reads;

__attribute__((constructor)) static void begin(void) {
  const char *class = getenv("TORTURE_CLASS"), *text;
  counts_reads = class && !strcmp(class, "read");
  at = (text = getenv("TORTURE_AT")) ? atol(text) : 0;
  number = (text = getenv("TORTURE_ERRNO")) ? atol(text) : 0;
  goes_on = (text = getenv("TORTURE_ON")) ? atol(text) : 0;
}

__attribute__((destructor)) static void end(void) {
  const char *path = getenv("TORTURE_COUNT");
  FILE *file = path ? fopen(path, "w") : NULL;
  if (file) {
    fprintf(file, "%ld\n", atomic_load(&calls));
    fclose(file);
  }
}

static int fails(int reads) {
  if (reads != counts_reads) return 0;
  long call = atomic_fetch_add(&calls, 1) + 1;
  if (!at || (goes_on ? call < at : call != at)) return 0;
  if (!number) {
    kill(getpid(), SIGKILL);
    for (;;) pause();
  }
  errno = (int)number;
  return 1;
}

#define NEXT(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))
#define FORWARD(reads, result, name, parameters, arguments, failed) \
  result name parameters { return fails(reads) ? failed : NEXT(name) arguments; }
// Pipes and sockets are not on a disk.
static int is_on_disk(int file) {
  struct stat status;
  return file > 2 && !fstat(file, &status) && (S_ISREG(status.st_mode) || S_ISDIR(status.st_mode));
}
#define ON_FILE(reads, result, name, parameters, arguments) \
  result name parameters { return is_on_disk(file) && fails(reads) ? -1 : NEXT(name) arguments; }
// No disk is too full to remove something; but whoever removes can be killed.
#define REMOVING(name) \
  int name(const char *path) { return !number && fails(0) ? -1 : NEXT(name)(path); }

ON_FILE(0, ssize_t, write, (int file, const void *bytes, size_t count), (file, bytes, count))
ON_FILE(0, ssize_t, pwrite, (int file, const void *bytes, size_t count, off_t place), (file, bytes, count, place))
ON_FILE(0, ssize_t, pwrite64, (int file, const void *bytes, size_t count, off64_t place), (file, bytes, count, place))
ON_FILE(0, ssize_t, writev, (int file, const struct iovec *parts, int count), (file, parts, count))
ON_FILE(0, int, fsync, (int file), (file))
ON_FILE(0, int, fdatasync, (int file), (file))
ON_FILE(0, int, ftruncate, (int file, off_t size), (file, size))
ON_FILE(0, int, ftruncate64, (int file, off64_t size), (file, size))
FORWARD(0, int, rename, (const char *old, const char *new), (old, new), -1)
FORWARD(0, int, renameat, (int a, const char *old, int b, const char *new), (a, old, b, new), -1)
FORWARD(0, int, link, (const char *old, const char *new), (old, new), -1)
FORWARD(0, int, symlink, (const char *old, const char *new), (old, new), -1)
REMOVING(unlink)
REMOVING(rmdir)
// What is there already is told as that, however full the disk is.
int mkdir(const char *path, mode_t mode) { return access(path, F_OK) && fails(0) ? -1 : NEXT(mkdir)(path, mode); }
FORWARD(0, char *, mkdtemp, (char *path), (path), NULL)

ON_FILE(1, ssize_t, read, (int file, void *bytes, size_t count), (file, bytes, count))
ON_FILE(1, ssize_t, pread, (int file, void *bytes, size_t count, off_t place), (file, bytes, count, place))
ON_FILE(1, ssize_t, pread64, (int file, void *bytes, size_t count, off64_t place), (file, bytes, count, place))
FORWARD(1, DIR *, opendir, (const char *path), (path), NULL)

#define OPEN(name) \
  int name(const char *path, int flags, ...) { \
    va_list rest; \
    va_start(rest, flags); \
    mode_t mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(rest, mode_t) : 0; \
    va_end(rest); \
    return fails(!(flags & O_CREAT)) ? -1 : NEXT(name)(path, flags, mode); \
  }
OPEN(open)
OPEN(open64)
#define OPENAT(name) \
  int name(int folder, const char *path, int flags, ...) { \
    va_list rest; \
    va_start(rest, flags); \
    mode_t mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(rest, mode_t) : 0; \
    va_end(rest); \
    return fails(!(flags & O_CREAT)) ? -1 : NEXT(name)(folder, path, flags, mode); \
  }
OPENAT(openat)
OPENAT(openat64)

// What headers make of these where buffers have a known size.
extern ssize_t __read_chk(int, void *, size_t, size_t);
extern ssize_t __pread64_chk(int, void *, size_t, off64_t, size_t);
extern int __open_2(const char *, int);
extern int __open64_2(const char *, int);
ON_FILE(1, ssize_t, __read_chk, (int file, void *bytes, size_t count, size_t room), (file, bytes, count, room))
ON_FILE(1, ssize_t, __pread64_chk, (int file, void *bytes, size_t count, off64_t place, size_t room),
  (file, bytes, count, place, room))
FORWARD(1, int, __open_2, (const char *path, int flags), (path, flags), -1)
FORWARD(1, int, __open64_2, (const char *path, int flags), (path, flags), -1)
