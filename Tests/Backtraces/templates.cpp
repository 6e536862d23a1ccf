// Templates, lambdas, operators and constructors: what a C++ name can hold; the trap is in a lambda.
#include <stddef.h>

namespace shapes {
template <class Value, size_t count>
struct Array {
    Value values[count];
    Value &operator[](size_t index) {
        if (index >= count)
            __builtin_trap();
        return values[index];
    }
    template <class Function>
    __attribute__((noinline)) void each(Function function) {
        for (size_t k = 0; k <= count; k++)
            function((*this)[k]);
    }
};

struct Counter {
    int total;
    __attribute__((noinline)) explicit Counter(int first, Array<int, 3> *array) : total(first) {
        array->each([this](int &value) { total += value++; });
    }
};
}  // namespace shapes

int main(int argc, char **) {
    shapes::Array<int, 3> array = {{argc, 2, 3}};
    shapes::Counter counter(1, &array);
    return counter.total;
}
