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

    struct Words {
        Wide first, second;  // 8 bytes of each object
    };
    static constexpr unsigned kObjects = 2 * kDescriptors;

    // The 16 bytes at `offset` of kObjects objects. Object i is in word 2 * i, object i + kDescriptors in the word
    // behind it: one instruction takes two registers of whole objects apart so, and one puts them together again.
    template <class T>
    static Words words(T* const* from, std::size_t offset) noexcept {
        return weave(gather(from, offset), gather(from + kDescriptors, offset));
    }

    // Two of the 32-bit words of each of these, as the immediate says: of object i, then of object i + kDescriptors.
    template <int Immediate, class T>
    static Vector pick(T* const* from, std::size_t offset) noexcept {
        return shuffle<Immediate>((Vector)gather(from, offset), (Vector)gather(from + kDescriptors, offset));
    }

    // Objects in order, of the registers that hold their first and second words.
    static void store_objects(Wide first, Wide second, void* to) noexcept {
        const Words objects = weave(first, second);
        store(objects.first, to);
        store(objects.second, static_cast<char*>(to) + Bytes);
    }

    // above() has a word's sign set where `value` is more than the bound.
    static constexpr std::uint64_t kSign = 1ull << 63;
    static Wide bound(std::uint64_t most) noexcept { return Wide{} + (most < kSign ? most : kSign - 1); }
    static Wide above(Wide value, Wide bound) noexcept { return value | (bound - value); }

    // Of each 16 bytes: two words of `a`, then two words of `b`, as the immediate says (SHUFPS).
    static constexpr int kEven = 0x88, kOdd = 0xdd, kMiddle = 0x99;  // words 0 and 2, 1 and 3, 1 and 2
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

    // One word of `a`, then one of `b`: of each 16 bytes the first two words, and the last two.
    static Words zip(Vector a, Vector b) noexcept {
        if constexpr (Bytes == 16)
            return {(Wide)_mm_unpacklo_epi32((__m128i)a, (__m128i)b), (Wide)_mm_unpackhi_epi32((__m128i)a, (__m128i)b)};
#ifdef __AVX2__
        if constexpr (Bytes == 32)
            return {(Wide)_mm256_unpacklo_epi32((__m256i)a, (__m256i)b),
                    (Wide)_mm256_unpackhi_epi32((__m256i)a, (__m256i)b)};
#endif
#ifdef __AVX512F__
        if constexpr (Bytes == 64)
            return {(Wide)_mm512_maskz_unpacklo_epi32(0xffff, (__m512i)a, (__m512i)b),
                    (Wide)_mm512_maskz_unpackhi_epi32(0xffff, (__m512i)a, (__m512i)b)};
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

private:
    // In one go: a copy of 64 bytes would be made of halves.
    static void store(Wide value, void* to) noexcept {
        typedef Wide Anywhere __attribute__((aligned(1), may_alias));
        *static_cast<Anywhere*>(to) = value;
    }

    // Two objects of 16 bytes, one of each, become first words and second words; and the other way round.
    static Words weave(Wide a, Wide b) noexcept {
        if constexpr (Bytes == 16)
            return {(Wide)_mm_unpacklo_epi64((__m128i)a, (__m128i)b), (Wide)_mm_unpackhi_epi64((__m128i)a, (__m128i)b)};
#ifdef __AVX2__
        if constexpr (Bytes == 32)
            return {(Wide)_mm256_unpacklo_epi64((__m256i)a, (__m256i)b),
                    (Wide)_mm256_unpackhi_epi64((__m256i)a, (__m256i)b)};
#endif
#ifdef __AVX512F__
        if constexpr (Bytes == 64)
            return {(Wide)_mm512_maskz_unpacklo_epi64(0xff, (__m512i)a, (__m512i)b),
                    (Wide)_mm512_maskz_unpackhi_epi64(0xff, (__m512i)a, (__m512i)b)};
#endif
    }

    // The 16 bytes at `offset` of kDescriptors objects, in order. Loads that go into a part of a register need no
    // shuffle, of which a processor can do one at a time.
    template <class T>
    static Wide gather(T* const* from, std::size_t offset) noexcept {
        const auto at = [&](unsigned i) {
            return _mm_loadu_si128(reinterpret_cast<const __m128i*>(reinterpret_cast<const char*>(from[i]) + offset));
        };
        if constexpr (Bytes == 16) return (Wide)at(0);
#ifdef __AVX2__
        if constexpr (Bytes == 32) return (Wide)_mm256_inserti128_si256(_mm256_castsi128_si256(at(0)), at(1), 1);
#endif
#ifdef __AVX512F__
        if constexpr (Bytes == 64) {
            __m512i all = _mm512_castsi128_si512(at(0));
            all = _mm512_maskz_inserti32x4(0xffff, all, at(1), 1);
            all = _mm512_maskz_inserti32x4(0xffff, all, at(2), 2);
            return (Wide)_mm512_maskz_inserti32x4(0xffff, all, at(3), 3);
        }
#endif
    }
};

// No vector registers: every descriptor by itself.
inline constexpr unsigned kScalar = 0;

}  // namespace bifurc::net
