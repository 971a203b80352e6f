// Links to lines of code at a fixed commit, in the form of the forge that shows the repository.
//
// The address comes from the settings and nowhere else; path and lines are encoded into it, so no
// name of a file makes a link lead elsewhere. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "config/settings.h"

namespace triage::publish {

struct WebAddress {
  std::string url;            // of the repository, without a final "/"; empty: no links
  std::string kind = "auto";  // github, gitlab, gitea, bitbucket, azure; auto: by the host
};
WebAddress web_address(const config::ProjectSettings& project);

// The kind that a host's name gives away; github where it doesn't.
std::string_view web_kind_of(std::string_view url);

// Lines from 1; 0: the whole file. Empty without an address.
std::string permalink(const WebAddress& web, std::string_view commit, std::string_view path,
                      std::uint32_t start, std::uint32_t end);
std::string commit_link(const WebAddress& web, std::string_view commit);

}  // namespace triage::publish
