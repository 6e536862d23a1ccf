// Division of 128-bit integers, which the compiler calls by these names (GCC runtime interface, "Integer library routines") and a
// freestanding link must supply. Rarely used: by full-width division of 64-bit numbers. One bit a turn.
#if __riscv
typedef unsigned __int128 Wide;
typedef __int128 SignedWide;

static int leadingZeros(Wide value) {
  unsigned long long high = (unsigned long long)(value >> 64), low = (unsigned long long)value;
  if (high) return __builtin_clzll(high);
  return low ? 64 + __builtin_clzll(low) : 128;
}

static Wide divide(Wide dividend, Wide divisor, Wide *remainder) {
  if (divisor == 0) __builtin_trap();
  if ((dividend >> 64) == 0 && (divisor >> 64) == 0) {
    *remainder = (unsigned long long)dividend % (unsigned long long)divisor;
    return (unsigned long long)dividend / (unsigned long long)divisor;
  }
  Wide quotient = 0;
  int shift = leadingZeros(divisor) - leadingZeros(dividend);
  if (shift >= 0) {
    Wide shifted = divisor << shift;
    for (int bit = shift; bit >= 0; bit--, shifted >>= 1) {
      quotient <<= 1;
      if (dividend >= shifted) {
        dividend -= shifted;
        quotient |= 1;
      }
    }
  }
  *remainder = dividend;
  return quotient;
}

Wide __udivti3(Wide dividend, Wide divisor) {
  Wide remainder;
  return divide(dividend, divisor, &remainder);
}

Wide __umodti3(Wide dividend, Wide divisor) {
  Wide remainder;
  divide(dividend, divisor, &remainder);
  return remainder;
}

SignedWide __divti3(SignedWide dividend, SignedWide divisor) {
  Wide remainder;
  Wide quotient = divide(dividend < 0 ? -(Wide)dividend : (Wide)dividend, divisor < 0 ? -(Wide)divisor : (Wide)divisor, &remainder);
  return (dividend < 0) != (divisor < 0) ? (SignedWide)-quotient : (SignedWide)quotient;
}

SignedWide __modti3(SignedWide dividend, SignedWide divisor) {
  Wide remainder;
  divide(dividend < 0 ? -(Wide)dividend : (Wide)dividend, divisor < 0 ? -(Wide)divisor : (Wide)divisor, &remainder);
  return dividend < 0 ? (SignedWide)-remainder : (SignedWide)remainder;
}
#endif
