#pragma once
// Functions between these two are compiled for the instruction set, e.g. "avx2,fma", whatever the
// rest of the program is compiled for. Call them only where the CPU has it (isa.h), and call no
// inline function of a header from them: the copy that is linked could be the wrong machine's.
//
//   COTERIE_BEGIN_TARGET("avx2,fma")
//   namespace ... { ... }
//   COTERIE_END_TARGET

#define COTERIE_PRAGMA(tokens) _Pragma(#tokens)

#if defined(__clang__)
#define COTERIE_BEGIN_TARGET(isa) \
  COTERIE_PRAGMA(clang attribute push(__attribute__((target(isa))), apply_to = function))
#define COTERIE_END_TARGET COTERIE_PRAGMA(clang attribute pop)
#else
#define COTERIE_BEGIN_TARGET(isa) COTERIE_PRAGMA(GCC push_options) COTERIE_PRAGMA(GCC target(isa))
#define COTERIE_END_TARGET COTERIE_PRAGMA(GCC pop_options)
#endif
