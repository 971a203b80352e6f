// The small readings every trace format is made of: numbers, places, names of errors.
// All are linear in the text given, allocate only what they return and accept any bytes.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "retrieval/traces.h"

namespace triage::retrieval::traces {

inline constexpr size_t kLongestMessage = 1000;
inline constexpr size_t kMostFrames = 500;  // of one trace are kept: deep recursion repeats itself

bool is_digit(char c);
bool is_hex(char c);
bool is_space(char c);
bool is_word(char c);  // of a name in most languages; every byte of a non-ASCII letter counts

std::string_view trim(std::string_view text);

// Take the prefix, number or hexadecimal number off the start of `text`, where it is there.
bool take(std::string_view& text, std::string_view prefix);
std::optional<std::uint32_t> take_number(std::string_view& text);
bool take_hex(std::string_view& text);

// Up to the first `mark`, or all.
std::string_view before(std::string_view text, std::string_view mark);

// "path:12" and "path:12:34".
std::optional<Frame> place(std::string_view text);

// "path(12)", "path on line 12", "path, line 12": the line is behind `mark`.
std::optional<Frame> place_by(std::string_view text, std::string_view mark);

// Without the argument list and what follows it: "a::f(int) const" becomes "a::f".
std::string_view without_arguments(std::string_view function);
// Without what stands between angle brackets: "f<int>::g" becomes "f::g".
std::string without_template(std::string_view function);
// "_ZN4shop4Cart5totalEi" and "…17h0123456789abcdefE" to "shop::Cart::total"; others as they are.
std::string demangled(std::string_view name);

// A function as native tools print it: without arguments, build suffixes and Rust's hash.
std::string native_name(std::string_view function);

// Whether arguments stand behind a space, as debuggers print them: "total (cart=0x0)", "main ()".
bool has_spaced_arguments(std::string_view text);

// At most kLongestMessage bytes, cut between characters.
std::string message_text(std::string_view text);

struct ErrorText {
  std::string exception, message;
  bool first = false;  // the line begins with the name
};

// Whether a word is called like an error: "ValueError", "com.acme.CartException", "Foo::Timeout".
bool is_error_name(std::string_view name);
// The first word of the line that is, with the message behind it.
std::optional<ErrorText> read_error(std::string_view line);
// "Name: message" where the name can be any class, for places where only an error can stand.
std::optional<ErrorText> read_any_error(std::string_view line);

// Whether a frame lies in a library or the language's runtime rather than in the application.
bool is_library(const Frame& frame);

void keep(Trace& trace, Frame frame);

}  // namespace triage::retrieval::traces
