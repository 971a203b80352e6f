// The kinds of evidence, one function and one file each: from what a ticket says to values of
// features of files and chunks. The lists in signals.cpp are the order in which they run.
//
// A signal reads the ticket and the view, writes evidence and its reasons, and keeps no state. It may
// read what earlier signals wrote. Those of the closer look see the candidates alone.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "retrieval/evidence_internal.h"

namespace triage::retrieval {

struct Signal {
  std::string_view name;
  void (*find)(const TicketText& ticket, Evidence& evidence);
};

// Runs every signal; between the two lists it settles the evidence and picks the `candidates` best files
// by their weights.
void gather(const TicketText& ticket, Evidence& evidence, std::size_t candidates = 300);

void find_words(const TicketText& ticket, Evidence& evidence);
void find_fields(const TicketText& ticket, Evidence& evidence);
void find_compounds(const TicketText& ticket, Evidence& evidence);
void find_phrases(const TicketText& ticket, Evidence& evidence);
void find_path_words(const TicketText& ticket, Evidence& evidence);
void find_mentions(const TicketText& ticket, Evidence& evidence);
void find_frames(const TicketText& ticket, Evidence& evidence);
void find_error_strings(const TicketText& ticket, Evidence& evidence);
void find_definitions(const TicketText& ticket, Evidence& evidence);
void find_similar_commits(const TicketText& ticket, Evidence& evidence);
void find_past_fixes(const TicketText& ticket, Evidence& evidence);
void find_tested(const TicketText& ticket, Evidence& evidence);

// Of the closer look.
void find_best_chunks(const TicketText& ticket, Evidence& evidence);
void find_priors(const TicketText& ticket, Evidence& evidence);
void find_chunks(const TicketText& ticket, Evidence& evidence);

// The path that a test's own path suggests for what it tests: "tests/shop/test_cart.py" gives
// "shop/cart.py". Whether there is such a file is another question.
std::string tested_path(std::string_view test);

}  // namespace triage::retrieval
