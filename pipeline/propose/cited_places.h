// Finds the places of code that a line of prose cites, in the forms that people and models use.
//
// Pure and linear in the line; whether such a place exists is not looked at. Addresses of hosts, IP
// addresses and times of day are not taken for places.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace triage::propose {

struct CitedPlace {
  std::string path;                   // as written
  std::uint32_t start = 0, end = 0;   // lines
  size_t from = 0, to = 0;            // of the whole citation in the text, half-open
  size_t path_from = 0, path_to = 0;  // of the path
  size_t line_from = 0, line_to = 0;  // of the lines' digits: "88-97"
};

// `is_file`: whether a name without an ending of source code ("Makefile") is a file here.
std::vector<CitedPlace> cited_places(std::string_view line,
                                     const std::function<bool(std::string_view)>& is_file);

}  // namespace triage::propose
