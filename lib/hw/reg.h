// SPDX-License-Identifier: BSD-3-Clause
// Typed registers: an offset, a stride, a count and an access right per register; fields as hi:lo, as datasheets print.
//
//   bar.write<TXDCTL>(q, bar.read<TXDCTL>(q).with<TXDCTL::ENABLE>(1));
//
// Writing a read-only register does not compile. A Bar is anything with read32/write32: the mapped window of the PMD,
// the recording BAR of the unit tests, the model's register file.
#pragma once

#include <cstdint>

namespace bifurc::hw {

enum class Access { rw, ro, wo, rc };  // rc: reading clears

template <unsigned Hi, unsigned Lo = Hi>
struct Field {
    static_assert(Lo <= Hi && Hi < 32);
    static constexpr unsigned hi = Hi;
    static constexpr unsigned lo = Lo;
    static constexpr std::uint32_t mask = (Hi - Lo == 31 ? ~0u : ((1u << (Hi - Lo + 1)) - 1)) << Lo;
};

// The value of register R: a plain 32-bit word that knows whose fields it may be asked for.
template <class R>
struct Value {
    std::uint32_t raw = 0;

    template <class F>
    [[nodiscard]] constexpr std::uint32_t get() const noexcept {
        return (raw & F::mask) >> F::lo;
    }
    template <class F>
    [[nodiscard]] constexpr Value with(std::uint32_t value) const noexcept {
        return Value{(raw & ~F::mask) | ((value << F::lo) & F::mask)};
    }
    friend constexpr bool operator==(Value, Value) noexcept = default;
};

// A register array: index i of Count lies at Base + i * Stride.
template <class Self, std::uint32_t Base, Access A, std::uint32_t Stride = 0, unsigned Count = 1>
struct Reg {
    static_assert(Count == 1 || Stride != 0);
    using value = Value<Self>;
    static constexpr std::uint32_t base = Base;
    static constexpr std::uint32_t stride = Stride;
    static constexpr unsigned count = Count;
    static constexpr Access access = A;
    static constexpr std::uint32_t at(unsigned i = 0) noexcept { return Base + i * Stride; }
};

// A register array in two banks: the first Split entries from Base, the others from Base2.
template <class Self, std::uint32_t Base, std::uint32_t Base2, unsigned Split, Access A, std::uint32_t Stride,
          unsigned Count>
struct BankedReg {
    using value = Value<Self>;
    static constexpr std::uint32_t base = Base;
    static constexpr std::uint32_t base2 = Base2;
    static constexpr unsigned split = Split;
    static constexpr std::uint32_t stride = Stride;
    static constexpr unsigned count = Count;
    static constexpr Access access = A;
    static constexpr std::uint32_t at(unsigned i = 0) noexcept {
        return i < Split ? Base + i * Stride : Base2 + (i - Split) * Stride;
    }
};

template <class R>
inline constexpr bool writable = R::access == Access::rw || R::access == Access::wo;
template <class R>
inline constexpr bool readable = R::access != Access::wo;

// Typed access for a class with read32(offset) and write32(offset, value).
template <class Derived>
struct TypedBar {
    template <class R>
    [[nodiscard]] Value<R> read(unsigned i = 0) noexcept {
        static_assert(readable<R>, "this register is write-only");
        return Value<R>{static_cast<Derived*>(this)->read32(R::at(i))};
    }
    template <class R>
    void write(unsigned i, Value<R> value) noexcept {
        static_assert(writable<R>, "this register is read-only");
        static_cast<Derived*>(this)->write32(R::at(i), value.raw);
    }
    template <class R>
    void write(Value<R> value) noexcept {
        write<R>(0, value);
    }
};

// Registers mapped into this process. Does not own the mapping.
class MmioBar : public TypedBar<MmioBar> {
public:
    explicit MmioBar(void* window) noexcept : window_(static_cast<std::uint8_t*>(window)) {}
    [[nodiscard]] std::uint32_t read32(std::uint32_t offset) noexcept { return *word(offset); }
    // A release: what was stored before, descriptors above all, is in memory before the NIC sees the register change.
    void write32(std::uint32_t offset, std::uint32_t value) noexcept {
        __atomic_store_n(word(offset), value, __ATOMIC_RELEASE);
    }
    // For the doorbell of a burst: the address is looked up once, at queue set-up.
    [[nodiscard]] volatile std::uint32_t* word(std::uint32_t offset) noexcept {
        return reinterpret_cast<volatile std::uint32_t*>(window_ + offset);
    }

private:
    std::uint8_t* window_;
};

}  // namespace bifurc::hw
