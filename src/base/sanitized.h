#pragma once
// For tests: whether this build runs under AddressSanitizer or ThreadSanitizer, where everything
// takes five to twenty times as long. A test there may repeat less often or use fewer rows, but
// goes through the same steps and checks the same properties.

namespace coterie {

#if defined(__has_feature)
#define COTERIE_HAS_FEATURE(name) __has_feature(name)
#else
#define COTERIE_HAS_FEATURE(name) 0
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) || \
    COTERIE_HAS_FEATURE(address_sanitizer) || COTERIE_HAS_FEATURE(thread_sanitizer)
inline constexpr bool kSanitized = true;
#else
inline constexpr bool kSanitized = false;
#endif
#undef COTERIE_HAS_FEATURE

// How often something is repeated, or how much of it there is.
constexpr int if_sanitized(int reduced, int whole) { return kSanitized ? reduced : whole; }

}  // namespace coterie
