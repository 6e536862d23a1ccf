/* What -wasm-enable-sjlj calls: records a setjmp, recognises it when an exception arrives, throws the exception of a longjmp. */
#include <setjmp.h>

enum { LONGJMP_TAG = 1 }; /* the compiler's number for the tag __c_longjmp */

void __wasm_setjmp(void *environment, unsigned label, void *invocation) {
    jmp_buf *buffer = environment;
    (*buffer)->invocation = invocation;
    (*buffer)->label = label;
}

unsigned __wasm_setjmp_test(void *environment, void *invocation) {
    jmp_buf *buffer = environment;
    return (*buffer)->invocation == invocation ? (*buffer)->label : 0;
}

void __wasm_longjmp(void *environment, int value) {
    jmp_buf *buffer = environment;
    (*buffer)->thrown.environment = environment;
    (*buffer)->thrown.value = value == 0 ? 1 : value;
    __builtin_wasm_throw(LONGJMP_TAG, &(*buffer)->thrown);
}
