/* Prints the arguments and the environment with their lengths, so that blanks and empty words show. */
#include <stdio.h>
#include <string.h>
#include <stdlib.h>

extern char **environ;

int main(int argc, char **argv) {
    printf("%d arguments\n", argc);
    for (int index = 0; index < argc; index++) printf("%d: [%s] %zu\n", index, argv[index], strlen(argv[index]));
    for (char **variable = environ; *variable != NULL; variable++) printf("[%s]\n", *variable);
    const char *value = getenv("GREETING");
    printf("GREETING %s\n", value == NULL ? "is not set" : value);
    return 0;
}
