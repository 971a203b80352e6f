#include "pipeline/base/ids.h"

#include "pipeline/base/digest.h"

namespace triage {

std::string run_id_for(const TicketKey& ticket, std::string_view revision, int attempt) {
  static constexpr std::string_view kCrockford = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
  const std::string digest = sha256(ticket.source + '\0' + ticket.external_id + '\0' +
                                    std::string(revision) + '\0' + std::to_string(attempt));
  std::string out;
  for (size_t i = 0; i < 10; ++i) out += kCrockford[static_cast<unsigned char>(digest[i]) & 31U];
  return out;
}

std::string op_id_for(std::string_view run_id, std::string_view effect_kind) {
  return sha256_hex(std::string(run_id) + '\0' + std::string(effect_kind)).substr(0, 16);
}

std::string slug(std::string_view text, size_t max) {
  std::string out;
  for (const char c : text) {
    const bool upper = c >= 'A' && c <= 'Z';
    if (upper || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9')) {
      out += upper ? static_cast<char>(c - 'A' + 'a') : c;
    } else if (!out.empty() && out.back() != '-') {
      out += '-';
    }
    if (out.size() > max) break;
  }
  if (out.size() > max) {  // between words, where the last one is not most of it
    const size_t word = out.rfind('-');
    out.resize(word != std::string::npos && word > max / 2 ? word : max);
  }
  while (out.ends_with('-')) out.pop_back();
  return out.empty() ? "ticket" : out;
}

}  // namespace triage
