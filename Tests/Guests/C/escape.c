/* Tries to leave the preopened directory by every way there is: `..`, absolute names, links, chains of links, renames. Each must be refused. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int escapes;

static void refused(const char *what, long result) {
    printf("%s: %s\n", what, result < 0 ? "refused" : "ESCAPED");
    escapes += result >= 0;
}

int main(int argc, char **argv) {
    const char *root = argc > 1 ? argv[1] : "/box";
    char path[256], inside[256];
#define AT(name) (snprintf(path, sizeof path, "%s/%s", root, name), path)
    refused("dot dot", open(AT("../secret"), O_RDONLY));
    refused("down and up", open(AT("inner/../../secret"), O_RDONLY));
    refused("absolute", open("/etc/passwd", O_RDONLY));
    refused("create above", open(AT("../new"), O_WRONLY | O_CREAT, 0644));
    refused("mkdir above", mkdir(AT("../new"), 0755));
    refused("a link that leads up", open(AT("up/secret"), O_RDONLY));
    refused("a link to an absolute name", open(AT("absolute"), O_RDONLY));
    refused("a chain of links", open(AT("chain1/secret"), O_RDONLY));
    refused("a link that goes round", open(AT("loop"), O_RDONLY));
    refused("stat above", faccessat(AT_FDCWD, AT("../secret"), F_OK, 0));
    refused("unlink above", unlink(AT("../secret")));
    snprintf(inside, sizeof inside, "%s/inner/file", root);
    refused("rename to above", rename(inside, AT("../moved")));
    refused("link to above", link(inside, AT("../linked")));
    snprintf(inside, sizeof inside, "%s/taken", root);
    refused("rename from above", rename(AT("../secret"), inside));
    refused("symlink with an absolute target", symlink("/etc/passwd", AT("fresh-absolute")));
    int ok = symlink("inner/file", AT("fresh")) == 0 && open(AT("fresh"), O_RDONLY) >= 0 && unlink(AT("fresh")) == 0;
    printf("a link that stays inside: %s\n", ok ? "followed" : "NOT FOLLOWED");
    int file = open(AT("inner/../inner/./file"), O_RDONLY);
    printf("dots that stay inside: %s\n", file >= 0 ? "followed" : "NOT FOLLOWED");
    return escapes;
}
