// What a spec can't say, by name: an operation of several steps that depend on one another.
//
// A plug-in is a function over an Exchange, so credentials, limits and error words stay those of the
// spec. To add one: a file here, and a row in plugin.cpp.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "connectors/connector.h"
#include "connectors/exchange.h"

namespace triage::connectors {

// variables: the account's settings and the effect's fields. Create-or-adopt, as carry_out().
using Plugin = Result<EffectResult> (*)(Exchange& exchange, const Scope& variables,
                                        const Effect& effect);

Plugin find_plugin(std::string_view name);  // null where there is none
std::vector<std::string> plugin_names();

// github_branch.cpp: one commit on a new branch by the Git database API.
Result<EffectResult> github_branch(Exchange& exchange, const Scope& variables,
                                   const Effect& effect);

}  // namespace triage::connectors
