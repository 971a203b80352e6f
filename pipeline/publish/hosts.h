// The network hosts that a text of code names: in URLs, as addresses, with a port, as a whole string
// or on the command line of a program that connects.
//
// Reads what an interpreter would: escapes ("\x2e", "%2e", "https:\/\/"), literals that are joined
// ("ev" + "il.com") and what base64 hides. It can't see a host that is computed. Loopback and the
// three example domains of RFC 2606 are nobody's and left out. Pure and linear.
#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace triage::publish {

// In lower case, without port and final dot.
std::set<std::string> hosts_in(std::string_view text);

// "api.acme.example", or "*.acme.example" for all below.
bool is_allowed_host(std::string_view host, const std::vector<std::string>& allowed);

// The readings of a text that a search for hosts and secrets has to look at: the text itself,
// unescaped, with joined literals, and what is encoded in it.
std::vector<std::string> readings(std::string_view text);

}  // namespace triage::publish
