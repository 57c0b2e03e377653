/*
 * A disk that fails when told to, and tells what was done to it: an LD_PRELOAD library for Linux and glibc.
 *
 * Stands between a process and libc for everything that changes what lies under one directory, whoever calls:
 * Node's file system, the compiled SQLite, an addon. What it does not see (a mapped page that is written, copies
 * inside the kernel) shows when the trace is played back and compared with the directory (disk.mjs).
 *
 *     SHIM_DIRECTORY   the directory, as the kernel names it (no links, no slash at its end)
 *     SHIM_COUNTS      file for the counters of enum kind and of faults, u64 each; it outlives a killed process
 *     SHIM_TRACE       trace: file that every effect is appended to, in order (struct entry, names, bytes)
 *     SHIM_MARKS       what is written to this file shows in the trace as marks, in order with all else
 *     SHIM_FAIL_AT     fail: the k-th call (from 1) of SHIM_FAIL_KIND (`any` or a name below) ...
 *     SHIM_FAIL_WITH   ... and those up to SHIM_FAIL_TIMES after it: EIO, ENOSPC, EINTR, short (half a write), delay
 *
 * What only looks (stat, read) is let through. Addons that are loaded later find these names first, as everybody does
 * (addon.c); a libc of their own inside of them would get past, and the comparison would tell.
 *
 * One lock makes the order of the trace the order of the effects. A sync is not under it: what was written when it
 * began is what it covers. Start and end of it are entries of their own.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

enum kind { ANY, OPEN, WRITE, SYNC, TRUNCATE, RENAME, LINK, UNLINK, MKDIR, CLOSE, KINDS };
static const char *const KIND_NAMES[KINDS] = {"any", "open", "write", "sync", "truncate", "rename", "link", "unlink", "mkdir", "close"};

/* disk.mjs has the same list. */
enum effect { CREATED = 1, WRITTEN, TRUNCATED, SYNC_BEGUN, SYNC_DONE, SYNC_FAILED, RENAMED, LINKED, REMOVED, DIRECTORY_MADE, MARK };

struct entry {
  uint32_t effect, name_bytes, to_bytes, data_bytes;
  uint64_t inode;
  /* Of a write; a size of a truncation; the number of its begin for the end of a sync. */
  uint64_t offset;
};

enum { NOT_OURS, A_FILE, A_DIRECTORY, THE_MARKS };
#define FDS_MAX 65536
static struct { uint64_t inode; uint8_t what, synced; } fds[FDS_MAX];

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static const char *directory, *marks;
static size_t directory_bytes;
static int trace = -1;
static uint64_t syncs;
static uint64_t no_counts[KINDS + 1], *counts = no_counts;
static uint64_t fail_at, fail_times;
static enum kind fail_kind;
static int fail_errno, is_short, is_delay;

#define REAL(name) ((__typeof__(&name))real(#name))
static void *real(const char *name) {
  return dlsym(RTLD_NEXT, name);
}
/* The busy ones are looked up once. */
static ssize_t (*real_write)(int, const void *, size_t);
static ssize_t (*real_pwrite)(int, const void *, size_t, off_t);
static ssize_t (*real_writev)(int, const struct iovec *, int);
static int (*real_openat)(int, const char *, int, ...);
static int (*real_close)(int);

__attribute__((constructor(101))) static void begin(void) {
  real_write = real("write");
  real_pwrite = real("pwrite64");
  real_writev = real("writev");
  real_openat = real("openat64");
  real_close = real("close");
  directory = getenv("SHIM_DIRECTORY");
  if (directory == NULL) return;
  directory_bytes = strlen(directory);
  marks = getenv("SHIM_MARKS");
  const char *path = getenv("SHIM_TRACE");
  if (path != NULL) trace = real_openat(AT_FDCWD, path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  path = getenv("SHIM_COUNTS");
  if (path != NULL) {
    int file = real_openat(AT_FDCWD, path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (REAL(ftruncate)(file, sizeof no_counts) != 0) abort();
    counts = mmap(NULL, sizeof no_counts, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    if (counts == MAP_FAILED) abort();
    real_close(file);
  }
  const char *at = getenv("SHIM_FAIL_AT"), *kind = getenv("SHIM_FAIL_KIND"), *with = getenv("SHIM_FAIL_WITH");
  const char *times = getenv("SHIM_FAIL_TIMES");
  if (at == NULL || with == NULL) return;
  fail_at = strtoull(at, NULL, 10);
  fail_times = times == NULL ? 1 : strtoull(times, NULL, 10);
  for (int i = 0; i < KINDS; i++) if (kind != NULL && strcmp(kind, KIND_NAMES[i]) == 0) fail_kind = i;
  is_short = strcmp(with, "short") == 0;
  is_delay = strcmp(with, "delay") == 0;
  fail_errno = strcmp(with, "EIO") == 0 ? EIO : strcmp(with, "ENOSPC") == 0 ? ENOSPC : strcmp(with, "EINTR") == 0 ? EINTR : 0;
}

/* --- what is ours ----------------------------------------------------------------------------- */

/* False when it is too long to be ours. */
static int absolute(int at, const char *path, char out[PATH_MAX]) {
  if (path[0] == '/') return snprintf(out, PATH_MAX, "%s", path) < PATH_MAX;
  char base[PATH_MAX];
  if (at == AT_FDCWD) {
    if (getcwd(base, sizeof base) == NULL) return 0;
  } else {
    char link[64];
    snprintf(link, sizeof link, "/proc/self/fd/%d", at);
    ssize_t bytes = readlink(link, base, sizeof base - 1);
    if (bytes < 0) return 0;
    base[bytes] = 0;
  }
  return (size_t)snprintf(out, PATH_MAX, "%s/%s", base, path) < PATH_MAX;
}

static int is_inside(const char *path) {
  return strncmp(path, directory, directory_bytes) == 0 && (path[directory_bytes] == '/' || path[directory_bytes] == 0);
}

static int is_ours(int at, const char *path, char full[PATH_MAX]) {
  return directory != NULL && path != NULL && absolute(at, path, full) && is_inside(full);
}

static const char *name_of(const char *full) {
  return full[directory_bytes] == 0 ? "" : full + directory_bytes + 1;
}

static int what_is(int fd) {
  return directory != NULL && fd >= 0 && fd < FDS_MAX ? fds[fd].what : NOT_OURS;
}

static uint64_t inode_at(const char *full) {
  struct stat stats;
  return lstat(full, &stats) == 0 ? stats.st_ino : 0;
}

/* --- faults, under the lock ------------------------------------------------------------------- */

/* True when this call must answer with errno. `*half` when it is to write half of it. */
static int fails(enum kind kind, int *half) {
  uint64_t all = __atomic_add_fetch(&counts[ANY], 1, __ATOMIC_RELAXED);
  uint64_t own = __atomic_add_fetch(&counts[kind], 1, __ATOMIC_RELAXED);
  uint64_t turn = fail_kind == ANY ? all : own;
  if (fail_at == 0 || (fail_kind != ANY && fail_kind != kind) || turn < fail_at || turn >= fail_at + fail_times) return 0;
  if (is_short && (kind != WRITE || half == NULL)) return 0;
  __atomic_add_fetch(&counts[KINDS], 1, __ATOMIC_RELAXED);
  if (is_short) *half = 1;
  if (is_delay) usleep(50000);
  if (fail_errno == 0) return 0;
  errno = fail_errno;
  return 1;
}

/* --- the trace, under the lock ---------------------------------------------------------------- */

static void tell(enum effect effect, uint64_t inode, uint64_t offset, const char *name, const char *to, const struct iovec *data, int pieces, size_t data_bytes) {
  if (trace < 0) return;
  struct entry entry = {effect, name ? strlen(name) : 0, to ? strlen(to) : 0, data_bytes, inode, offset};
  struct iovec head[3] = {{&entry, sizeof entry}, {(void *)name, entry.name_bytes}, {(void *)to, entry.to_bytes}};
  int saved = errno;
  if (real_writev(trace, head, 3) < 0) abort();
  for (int i = 0; i < pieces && data_bytes > 0; i++) {
    size_t bytes = data[i].iov_len < data_bytes ? data[i].iov_len : data_bytes;
    if (bytes > 0 && real_write(trace, data[i].iov_base, bytes) != (ssize_t)bytes) abort();
    data_bytes -= bytes;
  }
  errno = saved;
}

static void tell_name(enum effect effect, uint64_t inode, const char *name, const char *to) {
  tell(effect, inode, 0, name, to, NULL, 0, 0);
}

static void tell_sync(enum effect effect, uint64_t inode, uint64_t number) {
  tell(effect, inode, number, NULL, NULL, NULL, 0, 0);
}

/* --- open, close ------------------------------------------------------------------------------ */

static int open_at(int at, const char *path, int flags, mode_t mode) {
  char full[PATH_MAX];
  if (directory == NULL || path == NULL || !absolute(at, path, full)) return real_openat(at, path, flags, mode);
  int is_marks = marks != NULL && strcmp(full, marks) == 0;
  if (!is_marks && !is_inside(full)) return real_openat(at, path, flags, mode);
  pthread_mutex_lock(&lock);
  int fd = -1;
  if (is_marks || !fails(OPEN, NULL)) {
    int is_new = (flags & O_CREAT) != 0 && inode_at(full) == 0;
    int is_nameless = (flags & O_TMPFILE) == O_TMPFILE;
    fd = real_openat(at, path, flags, mode);
    struct stat stats;
    if (fd >= 0 && fd < FDS_MAX && fstat(fd, &stats) == 0) {
      fds[fd].inode = stats.st_ino;
      fds[fd].what = is_marks ? THE_MARKS : S_ISDIR(stats.st_mode) ? A_DIRECTORY : A_FILE;
      fds[fd].synced = (flags & (O_DSYNC | O_SYNC)) != 0;
      if (is_marks) ;
      else if (is_nameless) tell_name(CREATED, stats.st_ino, NULL, NULL);
      else if (is_new) tell_name(CREATED, stats.st_ino, name_of(full), NULL);
      else if ((flags & O_TRUNC) && (flags & O_ACCMODE) != O_RDONLY) tell(TRUNCATED, stats.st_ino, 0, NULL, NULL, NULL, 0, 0);
    }
  }
  pthread_mutex_unlock(&lock);
  return fd;
}

static mode_t mode_in(int flags, va_list rest) {
  return (flags & O_CREAT) || (flags & O_TMPFILE) == O_TMPFILE ? va_arg(rest, mode_t) : 0;
}

#define OPENS(name) \
  int name(const char *path, int flags, ...) { \
    va_list rest; va_start(rest, flags); mode_t mode = mode_in(flags, rest); va_end(rest); \
    return open_at(AT_FDCWD, path, flags, mode); \
  }
#define OPENS_AT(name) \
  int name(int at, const char *path, int flags, ...) { \
    va_list rest; va_start(rest, flags); mode_t mode = mode_in(flags, rest); va_end(rest); \
    return open_at(at, path, flags, mode); \
  }
OPENS(open)
OPENS(open64)
OPENS_AT(openat)
OPENS_AT(openat64)

int creat(const char *path, mode_t mode) { return open_at(AT_FDCWD, path, O_CREAT | O_WRONLY | O_TRUNC, mode); }

int close(int fd) {
  int what = what_is(fd);
  if (what == NOT_OURS) return real_close(fd);
  pthread_mutex_lock(&lock);
  int is_failed = what != THE_MARKS && fails(CLOSE, NULL);
  int why = errno;
  fds[fd].what = NOT_OURS;
  /* Linux lets go of the descriptor whatever it answers. */
  int result = real_close(fd);
  pthread_mutex_unlock(&lock);
  if (is_failed) errno = why;
  return is_failed ? -1 : result;
}

/* libuv closes files this way. */
long syscall(long number, ...) {
  va_list rest;
  va_start(rest, number);
  long a[6];
  for (int i = 0; i < 6; i++) a[i] = va_arg(rest, long);
  va_end(rest);
  if (number == SYS_close) return close(a[0]);
  return ((long (*)(long, ...))real("syscall"))(number, a[0], a[1], a[2], a[3], a[4], a[5]);
}

static int copied(int from, int to) {
  if (what_is(from) != NOT_OURS && to >= 0 && to < FDS_MAX) fds[to] = fds[from];
  return to;
}

int dup(int fd) { return copied(fd, REAL(dup)(fd)); }
int dup2(int fd, int to) { return copied(fd, REAL(dup2)(fd, to)); }
int dup3(int fd, int to, int flags) { return copied(fd, REAL(dup3)(fd, to, flags)); }

#define CONTROLS(name) \
  int name(int fd, int command, ...) { \
    va_list rest; va_start(rest, command); void *argument = va_arg(rest, void *); va_end(rest); \
    int result = ((int (*)(int, int, void *))real(#name))(fd, command, argument); \
    return command == F_DUPFD || command == F_DUPFD_CLOEXEC ? copied(fd, result) : result; \
  }
CONTROLS(fcntl)
CONTROLS(fcntl64)

/* --- write ------------------------------------------------------------------------------------ */

/* `offset` below 0: where the descriptor stands. */
static ssize_t write_pieces(int fd, const struct iovec *pieces, int count, off_t offset, int is_synced) {
  size_t wanted = 0;
  for (int i = 0; i < count; i++) wanted += pieces[i].iov_len;
  int what = what_is(fd), half = 0;
  pthread_mutex_lock(&lock);
  ssize_t done = -1;
  if (what == THE_MARKS || !fails(WRITE, &half)) {
    if (half && wanted > 1) wanted /= 2;
    struct iovec first = {pieces[0].iov_base, pieces[0].iov_len < wanted ? pieces[0].iov_len : wanted};
    /* Several pieces: a short write ends with the first of them, or inside of it. */
    if (count == 1 || half) done = offset < 0 ? real_write(fd, first.iov_base, first.iov_len) : real_pwrite(fd, first.iov_base, first.iov_len, offset);
    else done = offset < 0 ? real_writev(fd, pieces, count) : REAL(pwritev64)(fd, pieces, count, offset);
  }
  if (done > 0) {
    int saved = errno;
    uint64_t at = offset < 0 ? (uint64_t)(lseek(fd, 0, SEEK_CUR) - done) : (uint64_t)offset;
    tell(what == THE_MARKS ? MARK : WRITTEN, fds[fd].inode, at, NULL, NULL, pieces, count, done);
    if (fds[fd].synced || is_synced) {
      tell_sync(SYNC_BEGUN, fds[fd].inode, ++syncs);
      tell_sync(SYNC_DONE, fds[fd].inode, syncs);
    }
    errno = saved;
  }
  pthread_mutex_unlock(&lock);
  return done;
}

ssize_t write(int fd, const void *data, size_t bytes) {
  if (what_is(fd) == NOT_OURS) return real_write(fd, data, bytes);
  struct iovec piece = {(void *)data, bytes};
  return write_pieces(fd, &piece, 1, -1, 0);
}

#define PWRITES(name) \
  ssize_t name(int fd, const void *data, size_t bytes, off_t offset) { \
    if (what_is(fd) == NOT_OURS) return real_pwrite(fd, data, bytes, offset); \
    struct iovec piece = {(void *)data, bytes}; \
    return write_pieces(fd, &piece, 1, offset, 0); \
  }
PWRITES(pwrite)
PWRITES(pwrite64)

ssize_t writev(int fd, const struct iovec *pieces, int count) {
  if (what_is(fd) == NOT_OURS || count < 1) return real_writev(fd, pieces, count);
  return write_pieces(fd, pieces, count, -1, 0);
}

#define PWRITEVS(name) \
  ssize_t name(int fd, const struct iovec *pieces, int count, off_t offset) { \
    if (what_is(fd) == NOT_OURS || count < 1) return REAL(pwritev64)(fd, pieces, count, offset); \
    return write_pieces(fd, pieces, count, offset, 0); \
  }
PWRITEVS(pwritev)
#undef pwritev64
ssize_t pwritev64(int fd, const struct iovec *pieces, int count, off_t offset) {
  if (what_is(fd) == NOT_OURS || count < 1) return REAL(pwritev64)(fd, pieces, count, offset);
  return write_pieces(fd, pieces, count, offset, 0);
}

/* A log's writer may have its write synced in the same call (RWF_DSYNC). Where one at the end goes is not known before. */
#define PWRITEV2S(name) \
  ssize_t name(int fd, const struct iovec *pieces, int count, off_t offset, int flags) { \
    if (what_is(fd) == NOT_OURS || count < 1 || (flags & RWF_APPEND)) return REAL(name)(fd, pieces, count, offset, flags); \
    return write_pieces(fd, pieces, count, offset, (flags & (RWF_DSYNC | RWF_SYNC)) != 0); \
  }
PWRITEV2S(pwritev2)
PWRITEV2S(pwritev64v2)

/* --- sync, truncate --------------------------------------------------------------------------- */

static int sync_fd(int fd, int (*call)(int)) {
  if (what_is(fd) == NOT_OURS) return call(fd);
  pthread_mutex_lock(&lock);
  uint64_t inode = fds[fd].inode, number = ++syncs;
  int is_failed = fails(SYNC, NULL), why = errno;
  tell_sync(SYNC_BEGUN, inode, number);
  pthread_mutex_unlock(&lock);
  int result = is_failed ? -1 : call(fd);
  if (!is_failed) why = errno;
  pthread_mutex_lock(&lock);
  /* One that was only interrupted has lost nothing, and is asked for again. */
  if (result == 0 || why != EINTR) tell_sync(result == 0 ? SYNC_DONE : SYNC_FAILED, inode, number);
  pthread_mutex_unlock(&lock);
  errno = why;
  return result;
}

int fsync(int fd) { return sync_fd(fd, REAL(fsync)); }
int fdatasync(int fd) { return sync_fd(fd, REAL(fdatasync)); }

static int truncate_fd(int fd, off_t bytes) {
  pthread_mutex_lock(&lock);
  int result = fails(TRUNCATE, NULL) ? -1 : REAL(ftruncate64)(fd, bytes);
  if (result == 0) tell(TRUNCATED, fds[fd].inode, bytes, NULL, NULL, NULL, 0, 0);
  pthread_mutex_unlock(&lock);
  return result;
}

#define TRUNCATES(name) \
  int name(int fd, off_t bytes) { return what_is(fd) == NOT_OURS ? REAL(ftruncate64)(fd, bytes) : truncate_fd(fd, bytes); }
TRUNCATES(ftruncate)
TRUNCATES(ftruncate64)

/* Of holes that are made, nothing is known: the comparison at the end tells. */
static int allocate_fd(int fd, int mode, off_t offset, off_t bytes) {
  if (what_is(fd) == NOT_OURS) return REAL(fallocate64)(fd, mode, offset, bytes);
  pthread_mutex_lock(&lock);
  int result = fails(TRUNCATE, NULL) ? -1 : REAL(fallocate64)(fd, mode, offset, bytes);
  struct stat stats;
  if (result == 0 && fstat(fd, &stats) == 0 && mode == 0) tell(TRUNCATED, fds[fd].inode, stats.st_size, NULL, NULL, NULL, 0, 0);
  pthread_mutex_unlock(&lock);
  return result;
}

int fallocate(int fd, int mode, off_t offset, off_t bytes) { return allocate_fd(fd, mode, offset, bytes); }
int fallocate64(int fd, int mode, off_t offset, off_t bytes) { return allocate_fd(fd, mode, offset, bytes); }
int posix_fallocate(int fd, off_t offset, off_t bytes) { return allocate_fd(fd, 0, offset, bytes) == 0 ? 0 : errno; }
int posix_fallocate64(int fd, off_t offset, off_t bytes) { return posix_fallocate(fd, offset, bytes); }

/* --- names ------------------------------------------------------------------------------------ */

static int rename_at(int from_at, const char *from, int to_at, const char *to, unsigned flags) {
  char from_full[PATH_MAX], to_full[PATH_MAX];
  int is_our_rename = is_ours(to_at, to, to_full) && is_ours(from_at, from, from_full);
  if (!is_our_rename) return REAL(renameat2)(from_at, from, to_at, to, flags);
  pthread_mutex_lock(&lock);
  int result = fails(RENAME, NULL) ? -1 : REAL(renameat2)(from_at, from, to_at, to, flags);
  if (result == 0) tell_name(RENAMED, inode_at(to_full), name_of(from_full), name_of(to_full));
  pthread_mutex_unlock(&lock);
  return result;
}

int rename(const char *from, const char *to) { return rename_at(AT_FDCWD, from, AT_FDCWD, to, 0); }
int renameat(int from_at, const char *from, int to_at, const char *to) { return rename_at(from_at, from, to_at, to, 0); }
int renameat2(int from_at, const char *from, int to_at, const char *to, unsigned flags) { return rename_at(from_at, from, to_at, to, flags); }

static int link_at(int from_at, const char *from, int to_at, const char *to, int flags) {
  char full[PATH_MAX];
  if (!is_ours(to_at, to, full)) return REAL(linkat)(from_at, from, to_at, to, flags);
  pthread_mutex_lock(&lock);
  int result = fails(LINK, NULL) ? -1 : REAL(linkat)(from_at, from, to_at, to, flags);
  if (result == 0) tell_name(LINKED, inode_at(full), name_of(full), NULL);
  pthread_mutex_unlock(&lock);
  return result;
}

int link(const char *from, const char *to) { return link_at(AT_FDCWD, from, AT_FDCWD, to, 0); }
int linkat(int from_at, const char *from, int to_at, const char *to, int flags) { return link_at(from_at, from, to_at, to, flags); }

static int unlink_at(int at, const char *path, int flags) {
  char full[PATH_MAX];
  if (!is_ours(at, path, full)) return REAL(unlinkat)(at, path, flags);
  pthread_mutex_lock(&lock);
  int result = fails(UNLINK, NULL) ? -1 : REAL(unlinkat)(at, path, flags);
  if (result == 0) tell_name(REMOVED, 0, name_of(full), NULL);
  pthread_mutex_unlock(&lock);
  return result;
}

int unlink(const char *path) { return unlink_at(AT_FDCWD, path, 0); }
int rmdir(const char *path) { return unlink_at(AT_FDCWD, path, AT_REMOVEDIR); }
int unlinkat(int at, const char *path, int flags) { return unlink_at(at, path, flags); }

static int make_directory_at(int at, const char *path, mode_t mode) {
  char full[PATH_MAX];
  if (!is_ours(at, path, full)) return REAL(mkdirat)(at, path, mode);
  pthread_mutex_lock(&lock);
  int result = fails(MKDIR, NULL) ? -1 : REAL(mkdirat)(at, path, mode);
  if (result == 0) tell_name(DIRECTORY_MADE, inode_at(full), name_of(full), NULL);
  pthread_mutex_unlock(&lock);
  return result;
}

int mkdir(const char *path, mode_t mode) { return make_directory_at(AT_FDCWD, path, mode); }
int mkdirat(int at, const char *path, mode_t mode) { return make_directory_at(at, path, mode); }
