// SPDX-License-Identifier: BSD-3-Clause
#include "devargs.h"

#include <algorithm>
#include <cstdio>

namespace bifurc::bus {
namespace {

constexpr char kAllowedKeys[] = "iface, qpairs, first and isolation";

// What the user wrote, fit for one line of a log.
struct Quoted {
    explicit Quoted(std::string_view raw) noexcept {
        const std::size_t n = std::min(raw.size(), text.size() - 4);
        std::transform(raw.begin(), raw.begin() + static_cast<std::ptrdiff_t>(n), text.begin(),
                       [](char c) { return c >= ' ' && c <= '~' ? c : '?'; });
        if (n < raw.size()) std::fill_n(text.begin() + static_cast<std::ptrdiff_t>(n), 3, '.');
    }
    std::array<char, 40> text{};
};

bool parse_number(std::string_view text, std::uint32_t low, std::uint32_t high, std::uint32_t& number) noexcept {
    if (text.empty()) return false;
    std::uint64_t value = 0;
    for (const char c : text) {
        if (c < '0' || c > '9') return false;
        value = value * 10 + static_cast<unsigned>(c - '0');
        if (value > high) return false;
    }
    if (value < low) return false;
    number = static_cast<std::uint32_t>(value);
    return true;
}

bool set_iface(std::string_view value, Devargs& parsed) noexcept {
    if (!valid_iface(value)) return false;
    parsed.iface = {};
    std::copy(value.begin(), value.end(), parsed.iface.begin());
    return true;
}

bool set_pairs(std::string_view value, Devargs& parsed) noexcept {
    return parse_number(value, 1, kMaxPairs, parsed.pairs);
}

bool set_first(std::string_view value, Devargs& parsed) noexcept {
    return parse_number(value, 0, kMaxFirst, parsed.first);
}

bool set_isolation(std::string_view value, Devargs& parsed) noexcept {
    parsed.strict = value == "strict";
    return parsed.strict || value == "shared";
}

struct Key {
    std::string_view name;
    const char* allowed;
    bool (*set)(std::string_view value, Devargs& parsed) noexcept;
};

constexpr std::array kKeys{
    Key{"iface", "a name of a netdev, at most 127 characters", set_iface},
    Key{"qpairs", "a number from 1 to 64", set_pairs},
    Key{"first", "a number from 0 to 65535", set_first},
    Key{"isolation", "shared or strict", set_isolation},
};
constexpr unsigned kIfaceKey = 0;

class Parser {
public:
    Parser(Devargs& parsed, Sentence& why_not) noexcept : parsed_(parsed), why_not_(why_not) {}

    // The device's name stands for the key.
    bool name_iface(std::string_view iface) noexcept {
        named_ = true;
        return set_iface(iface, parsed_) || refuse(iface, "is not ", kKeys[kIfaceKey].allowed);
    }

    bool item(std::string_view text) noexcept {
        if (text.empty()) return refuse(text, "is an empty argument; allowed are ", kAllowedKeys);
        const std::size_t equals = text.find('=');
        const std::string_view name = text.substr(0, equals);
        const auto key = std::find_if(kKeys.begin(), kKeys.end(), [&](const Key& k) { return k.name == name; });
        if (key == kKeys.end()) return refuse(name, "is an unknown argument; allowed are ", kAllowedKeys);
        const auto index = static_cast<unsigned>(key - kKeys.begin());
        if (index == kIfaceKey && named_) return refuse(name, "is given by the device's name already", "");
        if ((seen_ & 1U << index) != 0) return refuse(name, "is given twice; it may be given once, as ", key->allowed);
        seen_ |= 1U << index;
        if (equals == std::string_view::npos || equals + 1 == text.size()) {
            return refuse(name, "has no value; it must be ", key->allowed);
        }
        return key->set(text.substr(equals + 1), parsed_) || refuse(text, "is not allowed; it must be ", key->allowed);
    }

    bool complete() noexcept {
        if (named_ || (seen_ & 1U << kIfaceKey) != 0) return true;
        return refuse(kKeys[kIfaceKey].name, "is missing; it must be ", kKeys[kIfaceKey].allowed);
    }

private:
    bool refuse(std::string_view what, const char* complaint, const char* allowed) noexcept {
        std::snprintf(why_not_.data(), why_not_.size(), "'%s' %s%s.", Quoted(what).text.data(), complaint, allowed);
        return false;
    }

    Devargs& parsed_;
    Sentence& why_not_;
    bool named_ = false;
    unsigned seen_ = 0;
};

}  // namespace

bool valid_iface(std::string_view name) noexcept {
    if (name.empty() || name.size() >= kIfaceSize || name == "." || name == "..") return false;
    return std::none_of(name.begin(), name.end(), [](char c) {
        return c == '\0' || c == '/' || c == ':' || c == ' ' || (c >= '\t' && c <= '\r');
    });
}

bool parse_devargs(std::string_view text, std::string_view named_iface, Devargs& parsed, Sentence& why_not) noexcept {
    parsed = {};
    Parser parser(parsed, why_not);
    if (!named_iface.empty() && !parser.name_iface(named_iface)) return false;
    while (!text.empty()) {
        const std::size_t comma = text.find(',');
        if (!parser.item(text.substr(0, comma))) return false;
        if (comma == std::string_view::npos) break;
        text.remove_prefix(comma + 1);
        if (text.empty()) return parser.item(text);  // a comma with nothing behind it
    }
    return parser.complete();
}

}  // namespace bifurc::bus
