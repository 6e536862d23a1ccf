// Functions of a header: an inlined frame in another file than its caller.
struct node {
    struct node *next;
    int value;
};

static inline int value(const struct node *node) { return *(const volatile int *)&node->value; }

static inline int third(const struct node *node) {
    return value(
        node + 2);
}
