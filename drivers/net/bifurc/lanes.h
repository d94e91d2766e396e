// SPDX-License-Identifier: BSD-3-Clause
// Registers of 16, 32 or 64 bytes as lanes of 32 bits, with the compilers' vector operators for arithmetic. What is
// offered depends on the flags that a file is compiled with: a burst variant is one file with its own flags.
#pragma once

#include <immintrin.h>

#include <cstddef>
#include <cstdint>
#include <cstring>

namespace bifurc::net {

template <unsigned Bytes>
struct VectorOf;
#define BIFURC_VECTOR(bytes)                                            \
    template <>                                                         \
    struct VectorOf<bytes> {                                            \
        typedef std::uint32_t Type __attribute__((vector_size(bytes))); \
        typedef std::uint64_t Wide __attribute__((vector_size(bytes))); \
    }
BIFURC_VECTOR(16);
BIFURC_VECTOR(32);
BIFURC_VECTOR(64);
#undef BIFURC_VECTOR

template <unsigned Bytes>
struct Lanes {
    static constexpr unsigned kCount = Bytes / 4;
    static constexpr unsigned kDescriptors = Bytes / 16;  // of 16 bytes each, in one register
    using Vector = typename VectorOf<Bytes>::Type;
    using Wide = typename VectorOf<Bytes>::Wide;

    static Vector load(const void* from) noexcept {
        Vector value;
        std::memcpy(&value, from, sizeof(value));
        __asm__ volatile("" : "+x"(value)::"memory");  // one load, at this place: the NIC writes there
        return value;
    }

    // The 16 bytes at `offset` of as many objects as fit.
    template <class T>
    static Vector gather(T* const* from, std::size_t offset) noexcept {
        const auto at = [&](unsigned i) {
            return _mm_load_si128(reinterpret_cast<const __m128i*>(reinterpret_cast<const char*>(from[i]) + offset));
        };
        if constexpr (Bytes == 16) return (Vector)at(0);
#ifdef __AVX2__
        const auto two = [&](unsigned i) {
            return _mm256_inserti128_si256(_mm256_castsi128_si256(at(i)), at(i + 1), 1);
        };
        if constexpr (Bytes == 32) return (Vector)two(0);
#endif
#ifdef __AVX512F__
        if constexpr (Bytes == 64)
            return (Vector)_mm512_maskz_inserti64x4(0xff, _mm512_castsi256_si512(two(0)), two(2), 1);
#endif
    }

    // The same two in each 16 bytes.
    static Wide halves(std::uint64_t low, std::uint64_t high) noexcept {
        Wide value{};
        for (unsigned i = 0; i < kDescriptors; ++i) {
            value[2 * i] = low;
            value[2 * i + 1] = high;
        }
        return value;
    }

    // Of each 16 bytes: two words of `a`, then two words of `b`, as the immediate says (SHUFPS).
    template <int Immediate>
    static Vector shuffle(Vector a, Vector b) noexcept {
        if constexpr (Bytes == 16) return (Vector)(_mm_shuffle_ps((__m128)a, (__m128)b, Immediate));
#ifdef __AVX2__
        if constexpr (Bytes == 32) return (Vector)(_mm256_shuffle_ps((__m256)a, (__m256)b, Immediate));
#endif
#ifdef __AVX512F__
        if constexpr (Bytes == 64) return (Vector)(_mm512_shuffle_ps((__m512)a, (__m512)b, Immediate));
#endif
    }

    // 16 bytes of it.
    template <int Which>
    static __m128i part(Vector value) noexcept {
        if constexpr (Bytes == 16) return (__m128i)value;
#ifdef __AVX2__
        if constexpr (Bytes == 32) return _mm256_extracti128_si256((__m256i)value, Which);
#endif
#ifdef __AVX512F__
        if constexpr (Bytes == 64) return _mm512_maskz_extracti32x4_epi32(0xf, (__m512i)value, Which);
#endif
    }

    static bool all_zero(Vector value) noexcept {
        if constexpr (Bytes == 16) return _mm_testz_si128((__m128i)value, (__m128i)value) != 0;
#ifdef __AVX2__
        if constexpr (Bytes == 32) return _mm256_testz_si256((__m256i)value, (__m256i)value) != 0;
#endif
#ifdef __AVX512F__
        if constexpr (Bytes == 64) return _mm512_test_epi32_mask((__m512i)value, (__m512i)value) == 0;
#endif
    }
};

// No vector registers: every descriptor by itself.
inline constexpr unsigned kScalar = 0;

}  // namespace bifurc::net
