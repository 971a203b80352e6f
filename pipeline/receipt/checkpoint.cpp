// A checkpoint is signed as a DSSE body of a type of its own, so that none can pass for an entry.
#include <charconv>

#include "pipeline/base/digest.h"
#include "pipeline/receipt/receipt.h"

namespace triage::receipt {
namespace {

constexpr std::string_view kMark = "triaged-receipt-checkpoint/1 ";
constexpr std::string_view kType = "application/vnd.triaged.receipt-checkpoint";

Error corrupt(std::string what) { return {ErrorKind::corrupt, std::move(what)}; }

// What is signed.
std::string body_of(const Checkpoint& checkpoint) {
  return std::to_string(checkpoint.entries) + " " + checkpoint.head + " " + checkpoint.at;
}

// The next word of a line, taken off its front.
std::string next_word(std::string_view& line) {
  const size_t end = std::min(line.find_first_of(" \t\r\n"), line.size());
  std::string word(line.substr(0, end));
  line.remove_prefix(std::min(end + 1, line.size()));
  return word;
}

Result<Checkpoint> read_checkpoint(std::string_view line, std::string_view public_key) {
  const std::string count = next_word(line);
  Checkpoint out;
  const auto read = std::from_chars(count.data(), count.data() + count.size(), out.entries);
  if (read.ec != std::errc{} || read.ptr != count.data() + count.size() ||
      std::to_string(out.entries) != count)
    return corrupt("a checkpoint says no number of entries");
  const std::string where = "the checkpoint of " + count + " entries";
  out.head = next_word(line);
  out.at = next_word(line);
  if (next_word(line) != TRY(key_id(public_key))) return corrupt(where + " names another key");
  const std::string encoded = next_word(line);
  const auto signature = from_base64(encoded);
  if (!signature || to_base64(*signature) != encoded ||
      !TRY(verify_signature(public_key, pre_authentication_encoding(kType, body_of(out)), *signature)))
    return corrupt(where + ": the signature does not fit");
  return out;
}

}  // namespace

std::string sign_checkpoint(const Checkpoint& checkpoint, const SigningKey& key) {
  const std::string body = body_of(checkpoint);
  return std::string(kMark) + body + " " + key.id() + " " +
         to_base64(key.sign(pre_authentication_encoding(kType, body)));
}

Result<std::vector<Checkpoint>> find_checkpoints(std::string_view text,
                                                 std::string_view public_key) {
  std::vector<Checkpoint> out;
  for (size_t at = text.find(kMark); at != std::string_view::npos; at = text.find(kMark, at)) {
    at += kMark.size();
    out.push_back(TRY(read_checkpoint(text.substr(at, text.find('\n', at) - at), public_key)));
  }
  return out;
}

Result<void> check_against(const Checkpoint& checkpoint, const std::vector<std::string>& hashes) {
  const std::string where = "the checkpoint of " + checkpoint.at;
  if (hashes.size() < checkpoint.entries)
    return corrupt(where + " saw " + std::to_string(checkpoint.entries) + " entries, and there are " +
                   std::to_string(hashes.size()) + ": the end was cut off");
  const std::string_view stood =
      checkpoint.entries == 0 ? kGenesis : std::string_view(hashes[checkpoint.entries - 1]);
  if (checkpoint.head != stood)
    return corrupt(where + " saw another entry " + std::to_string(checkpoint.entries) +
                   ": the log was written anew");
  return {};
}

}  // namespace triage::receipt
