#include "pipeline/base/ticket.h"

#include "pipeline/base/digest.h"

namespace triage {

std::string content_revision(const Ticket& ticket) {
  std::string words = ticket.subject.raw() + '\0' + ticket.body.raw();
  for (const Comment& comment : ticket.comments) {
    if (!comment.internal) words += '\0' + comment.body.raw();
  }
  for (const Attachment& attachment : ticket.attachments)
    words += '\0' + attachment.name + '\0' + attachment.text.raw();
  return sha256_hex(words).substr(0, 16);
}

}  // namespace triage
