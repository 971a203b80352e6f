// Receipts: what a run read, sent, ran, changed, tested, spent and was allowed, signed and chained.
//
// Each entry is an in-toto Statement v1 in a DSSE envelope (Ed25519). An entry's payload names the
// hash of the entry before it, so an edit, a deletion, a reorder or (against a checkpoint or a known
// hash) a truncation of the log is found by anyone who holds the public key. A checkpoint is a signed
// line that says how long the log was and where it stood; kept elsewhere, it also finds a history
// that was written anew with the key. Nothing here does I/O but the key file.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "pipeline/base/json.h"
#include "pipeline/base/result.h"

namespace triage::receipt {

inline constexpr std::string_view kPayloadType = "application/vnd.in-toto+json";
inline constexpr std::string_view kRunPredicate = "https://triaged.dev/receipt/run/v1";
inline constexpr std::string_view kDeliveryPredicate = "https://triaged.dev/receipt/delivery/v1";
// What the first entry of a log names as the one before it.
inline constexpr std::string_view kGenesis =
    "0000000000000000000000000000000000000000000000000000000000000000";

// An Ed25519 key (RFC 8032). Copies share the key; it is freed with the last copy.
class SigningKey {
 public:
  // Reads the PEM file, or makes a new key there (mode 0600, written atomically).
  static Result<SigningKey> load_or_create(const std::string& path);
  static SigningKey generate();

  std::string sign(std::string_view message) const;  // 64 raw bytes
  std::string public_key() const;                    // PEM
  std::string id() const;                            // key_id(public_key())

 private:
  struct Impl;
  std::shared_ptr<const Impl> impl_;
};

// First 16 hex digits of SHA-256 of the raw key. Errors: invalid_input where it is no Ed25519 key.
Result<std::string> key_id(std::string_view public_key);

// Errors: invalid_input where the PEM is no Ed25519 key; false where the signature is wrong.
Result<bool> verify_signature(std::string_view public_key, std::string_view message,
                              std::string_view signature);

// DSSE pre-authentication encoding: what is signed.
std::string pre_authentication_encoding(std::string_view type, std::string_view body);

// The statement with "previous" added to its predicate, signed: one line of JSON.
std::string seal(Json statement, const SigningKey& key, std::string_view previous);

// SHA-256(0x01 ‖ previous ‖ SHA-256(envelope)), hex in, hex out: the hash that the next entry names.
std::string chain_hash(std::string_view previous, std::string_view envelope);

// The statement inside an envelope, unverified. Errors: corrupt.
Result<Json> open_envelope(std::string_view envelope);

// Checks every signature and link. Returns the hash of each entry. Errors: corrupt, naming the entry
// (from 1) and what is wrong with it.
Result<std::vector<std::string>> verify_entries(std::span<const std::string> envelopes,
                                                std::string_view public_key);

// How long a log was and where it stood.
struct Checkpoint {
  std::uint64_t entries = 0;
  std::string head;  // kGenesis where there were none
  std::string at;    // RFC 3339
};
// One line without blanks at its ends: "triaged-receipt-checkpoint/1 ENTRIES HEAD TIME KEY SIGNATURE".
std::string sign_checkpoint(const Checkpoint& checkpoint, const SigningKey& key);
// Every checkpoint that stands anywhere in a text, such as a journal. Errors: corrupt, where a
// signature does not fit.
Result<std::vector<Checkpoint>> find_checkpoints(std::string_view text, std::string_view public_key);
// Errors: corrupt, where the log with these hashes is not a continuation of what it was then.
Result<void> check_against(const Checkpoint& checkpoint, const std::vector<std::string>& hashes);

// verify_entries(). Returns the head hash. Errors: corrupt, naming the entry (from 1)
// and what is wrong with it; with `head` given, also a log that ends too early or too late.
Result<std::string> verify_log(std::span<const std::string> envelopes, std::string_view public_key,
                               std::optional<std::string_view> head = std::nullopt);

}  // namespace triage::receipt
