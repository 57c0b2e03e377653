/*
 * Writes as a compiled addon does, when it is loaded: for disk-check.mjs, so that what Rust calls in libc is seen too.
 *
 *     ADDON_DIRECTORY   where to write a file
 *     ADDON_FAILED      afterwards: which calls have failed, with spaces between them
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

static char failed[200];

static void note(const char *call, long result) {
  if (result >= 0) return;
  if (failed[0] != 0) strcat(failed, " ");
  strcat(failed, call);
}

__attribute__((constructor)) static void begin(void) {
  const char *directory = getenv("ADDON_DIRECTORY");
  if (directory == NULL) return;
  struct iovec pieces[2] = {{"some", 4}, {" more", 5}};
  struct stat stats;
  int at = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  int fd = openat(at, "a", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  note("open", at < 0 ? at : fd);
  if (at >= 0 && fd >= 0) {
    note("write", write(fd, "some", 4));
    note("writev", writev(fd, pieces, 2));
    note("pwrite", pwrite(fd, "else", 4, 1000));
    note("pwrite64", pwrite64(fd, "there", 5, 2000));
    note("pwritev", pwritev(fd, pieces, 2, 3000));
    note("pwritev64", pwritev64(fd, pieces, 2, 4000));
    note("pwritev2", pwritev2(fd, pieces, 2, 5000, 0));
    note("pwritev64v2", pwritev64v2(fd, pieces, 2, 6000, RWF_DSYNC));
    note("ftruncate", ftruncate(fd, 9000));
    note("fdatasync", fdatasync(fd));
    note("fsync", fsync(fd));
    note("fstatat", fstatat(at, "a", &stats, 0));
    close(fd);
  }
  if (at >= 0) close(at);
  setenv("ADDON_FAILED", failed, 1);
}
