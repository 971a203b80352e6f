// The kinds of evidence, one function and one file each: from what a ticket says to values of
// features of files and chunks. The list in signals.cpp is the order in which they run.
//
// A signal reads the ticket and the view, writes evidence and its reasons, and keeps no state. It may
// read what earlier signals wrote.
#pragma once

#include <span>
#include <string_view>

#include "retrieval/evidence_internal.h"

namespace triage::retrieval {

struct Signal {
  std::string_view name;
  void (*find)(const TicketText& ticket, Evidence& evidence);
};

std::span<const Signal> signals();

void find_words(const TicketText& ticket, Evidence& evidence);
void find_phrases(const TicketText& ticket, Evidence& evidence);
void find_path_words(const TicketText& ticket, Evidence& evidence);
void find_mentions(const TicketText& ticket, Evidence& evidence);
void find_frames(const TicketText& ticket, Evidence& evidence);
void find_error_strings(const TicketText& ticket, Evidence& evidence);
void find_definitions(const TicketText& ticket, Evidence& evidence);
void find_similar_commits(const TicketText& ticket, Evidence& evidence);

}  // namespace triage::retrieval
