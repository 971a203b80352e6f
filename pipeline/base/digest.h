// Digests and encodings over libcrypto: SHA-256 (FIPS 180-4), HMAC (RFC 2104), hex, base64 (RFC 4648).
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace triage {

std::string sha256(std::string_view bytes);      // 32 raw bytes
std::string sha256_hex(std::string_view bytes);  // 64 lower-case hex digits
std::string hmac_sha256(std::string_view key, std::string_view bytes);
std::string hmac_sha1(std::string_view key, std::string_view bytes);

std::string to_hex(std::string_view bytes);
std::optional<std::string> from_hex(std::string_view text);
std::string to_base64(std::string_view bytes);
std::optional<std::string> from_base64(std::string_view text);  // standard or URL alphabet

// Time depends on the lengths only; false at once where they differ.
bool equal_constant_time(std::string_view a, std::string_view b);

// n bytes from the system's generator.
std::string random_bytes(size_t n);

}  // namespace triage
