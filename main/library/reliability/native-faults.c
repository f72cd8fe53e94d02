/*
 * Makes the n-th operation on files of one folder fail, whoever asks for it: Node and SQLite alike. Loaded with
 * LD_PRELOAD; told what to do through four 32-bit integers in a shared file (native-faults.ts): armed, count, failAt,
 * errno. With errno 0 a write takes half of its bytes and the one after it finds the disk full.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/types.h>
#include <unistd.h>

struct control { volatile int32_t armed, count, fail_at, error; };
static struct control *control;
static const char *folder;

__attribute__((constructor)) static void start(void) {
  const char *path = getenv("EASEL_FAULT_CONTROL");
  folder = getenv("EASEL_FAULT_FOLDER");
  if (!path || !folder) return;
  int (*real_open)(const char *, int, ...) = dlsym(RTLD_NEXT, "open");
  int fd = real_open(path, O_RDWR);
  if (fd < 0) return;
  void *map = mmap(NULL, sizeof(struct control), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  if (map != MAP_FAILED) control = map;
  close(fd);
}

static int is_ours(const char *path) { return path && strncmp(path, folder, strlen(folder)) == 0; }

static int is_our_fd(int fd) {
  char link[64], path[4096];
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t length = readlink(link, path, sizeof path - 1);
  if (length < 0) return 0;
  path[length] = 0;
  return is_ours(path);
}

/* 0 = go on; 1 = fail with errno set; 2 = write half. */
static int fault(int ours, int is_write) {
  if (!control || !control->armed || !ours) return 0;
  int number = control->count++;
  if (number == control->fail_at) {
    if (control->error == 0 && is_write) return 2;
    errno = control->error == 0 ? ENOSPC : control->error;
    return 1;
  }
  if (control->error == 0 && number == control->fail_at + 1 && is_write) { errno = ENOSPC; return 1; }
  return 0;
}
static int watched(void) { return control && control->armed; }
#define REAL(name) static __typeof__(&name) real; if (!real) real = dlsym(RTLD_NEXT, #name)

#define OPEN(name) \
  int name(const char *path, int flags, ...) { \
    REAL(name); va_list list; va_start(list, flags); mode_t mode = va_arg(list, mode_t); va_end(list); \
    if (watched() && fault(is_ours(path), 0)) return -1; \
    return real(path, flags, mode); }
OPEN(open) OPEN(open64)
#define PATH(name, declared, ...) \
  int name declared { REAL(name); if (watched() && fault(is_ours(path), 0)) return -1; return real(__VA_ARGS__); }
PATH(unlink, (const char *path), path)
PATH(mkdir, (const char *path, mode_t mode), path, mode)
PATH(rename, (const char *path, const char *to), path, to)
#define FD(name, declared, ...) \
  int name declared { REAL(name); if (watched() && fault(is_our_fd(fd), 0)) return -1; return real(__VA_ARGS__); }
FD(fsync, (int fd), fd)
FD(fdatasync, (int fd), fd)
FD(ftruncate, (int fd, off_t size), fd, size)
FD(ftruncate64, (int fd, off64_t size), fd, size)

ssize_t write(int fd, const void *bytes, size_t size) {
  REAL(write); int what = watched() ? fault(is_our_fd(fd), 1) : 0;
  return what == 1 ? -1 : real(fd, bytes, what == 2 ? (size + 1) / 2 : size);
}
ssize_t pwrite(int fd, const void *bytes, size_t size, off_t at) {
  REAL(pwrite); int what = watched() ? fault(is_our_fd(fd), 1) : 0;
  return what == 1 ? -1 : real(fd, bytes, what == 2 ? (size + 1) / 2 : size, at);
}
ssize_t pwrite64(int fd, const void *bytes, size_t size, off64_t at) {
  REAL(pwrite64); int what = watched() ? fault(is_our_fd(fd), 1) : 0;
  return what == 1 ? -1 : real(fd, bytes, what == 2 ? (size + 1) / 2 : size, at);
}
ssize_t pread64(int fd, void *bytes, size_t size, off64_t at) {
  REAL(pread64); if (watched() && fault(is_our_fd(fd), 0)) return -1;
  return real(fd, bytes, size, at);
}
