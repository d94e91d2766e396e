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

    // The 8 bytes at `offset` of 2 * kDescriptors objects: object i in word 2 * i, object i + kDescriptors in the word
    // behind it, so that interleave() puts them in order.
    template <class T>
    static Wide words(T* const* from, std::size_t offset) noexcept {
        const auto at = [&](unsigned i) { return reinterpret_cast<const char*>(from[i]) + offset; };
        const auto two = [&](unsigned i) {
            long long second;
            std::memcpy(&second, at(i + kDescriptors), sizeof(second));
            return _mm_insert_epi64(_mm_loadl_epi64(reinterpret_cast<const __m128i*>(at(i))), second, 1);
        };
        if constexpr (Bytes == 16) return (Wide)two(0);
#ifdef __AVX2__
        const auto four = [&](unsigned i) {
            return _mm256_inserti128_si256(_mm256_castsi128_si256(two(i)), two(i + 1), 1);
        };
        if constexpr (Bytes == 32) return (Wide)four(0);
#endif
#ifdef __AVX512F__
        if constexpr (Bytes == 64)
            return (Wide)_mm512_maskz_inserti64x4(0xff, _mm512_castsi256_si512(four(0)), four(2), 1);
#endif
    }

    // above() has a word's sign set where `value` is more than the bound.
    static constexpr std::uint64_t kSign = 1ull << 63;
    static Wide bound(std::uint64_t most) noexcept { return Wide{} + (most < kSign ? most : kSign - 1); }
    static Wide above(Wide value, Wide bound) noexcept { return value | (bound - value); }

    // What words() took apart: objects of 16 bytes from the words that begin them and the words that end them.
    static void interleave(Wide begin, Wide end, void* to) noexcept {
        Wide objects[2];
        if constexpr (Bytes == 16) {
            objects[0] = (Wide)_mm_unpacklo_epi64((__m128i)begin, (__m128i)end);
            objects[1] = (Wide)_mm_unpackhi_epi64((__m128i)begin, (__m128i)end);
        }
#ifdef __AVX2__
        if constexpr (Bytes == 32) {
            objects[0] = (Wide)_mm256_unpacklo_epi64((__m256i)begin, (__m256i)end);
            objects[1] = (Wide)_mm256_unpackhi_epi64((__m256i)begin, (__m256i)end);
        }
#endif
#ifdef __AVX512F__
        if constexpr (Bytes == 64) {
            objects[0] = (Wide)_mm512_maskz_unpacklo_epi64(0xff, (__m512i)begin, (__m512i)end);
            objects[1] = (Wide)_mm512_maskz_unpackhi_epi64(0xff, (__m512i)begin, (__m512i)end);
        }
#endif
        std::memcpy(to, objects, sizeof(objects));
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

    static bool all_zero(Vector value) noexcept { return none_set((Wide)value, ~0ull); }

    // Is none of these bits set in any of the words?
    static bool none_set(Wide value, std::uint64_t bits) noexcept {
        const Wide mask = Wide{} + bits;
        if constexpr (Bytes == 16) return _mm_testz_si128((__m128i)value, (__m128i)mask) != 0;
#ifdef __AVX2__
        if constexpr (Bytes == 32) return _mm256_testz_si256((__m256i)value, (__m256i)mask) != 0;
#endif
#ifdef __AVX512F__
        if constexpr (Bytes == 64) return _mm512_test_epi64_mask((__m512i)value, (__m512i)mask) == 0;
#endif
    }
};

// No vector registers: every descriptor by itself.
inline constexpr unsigned kScalar = 0;

}  // namespace bifurc::net
