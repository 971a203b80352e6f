#include <array>

#include "config/secret_internal.h"

namespace triage::config {

namespace {

constexpr size_t kMaxSecret = size_t{64} * 1024;

std::string without_last_newline(std::string text) {
  if (text.ends_with('\n')) text.pop_back();
  if (text.ends_with('\r')) text.pop_back();
  return text;
}

Result<std::string> from_variable(const std::string& name, const Environment& environment) {
  auto value = environment.variable(name);
  if (!value) return invalid_input("environment variable " + name + " is not set");
  return std::move(*value);
}

Result<std::string> from_file(const std::string& path, const Environment& environment) {
  if (!path.starts_with('/')) return invalid_input("the path in ${file:…} has to begin with /");
  FileContent content = TRY(environment.read_file(path, kMaxSecret));
  if (content.world_readable)
    return invalid_input(path + " can be read by everybody: chmod o-r " + path);
  return without_last_newline(std::move(content.text));
}

Result<std::string> from_credential(const std::string& name, const Environment& environment) {
  if (name.find('/') != std::string::npos || name == "." || name == "..")
    return invalid_input("the name in ${credential:…} must not hold a path");
  const auto directory = environment.variable("CREDENTIALS_DIRECTORY");
  if (!directory || directory->empty())
    return invalid_input("credential " + name +
                         " is not there: systemd passes it by LoadCredential= in the unit, and "
                         "CREDENTIALS_DIRECTORY is not set");
  // LoadCredential=triaged:DIRECTORY passes each FILE of it as triaged_FILE. The directory that
  // systemd makes is ours alone, so a file's own mode says nothing.
  for (const char* prefix : {"/", "/triaged_"}) {
    auto content = environment.read_file(*directory + prefix + name, kMaxSecret);
    if (content) return without_last_newline(std::move(content->text));
    if (content.error().kind != ErrorKind::not_found) return std::move(content).error();
  }
  return invalid_input("credential " + name +
                       " is not there: put it into /etc/triaged/credentials/" + name +
                       " and restart, or add LoadCredential=" + name + ":PATH to the unit");
}

struct Form {
  std::string_view prefix;
  Result<std::string> (*read)(const std::string& argument, const Environment& environment);
};

constexpr std::array<Form, 3> kForms = {
    {{"${env:", from_variable}, {"${file:", from_file}, {"${credential:", from_credential}}};

}  // namespace

bool is_reference(std::string_view text) { return text.starts_with("${"); }

Result<Secret> resolve_secret(std::string_view reference, const Environment& environment) {
  for (const Form& form : kForms) {
    if (!reference.starts_with(form.prefix) || !reference.ends_with('}')) continue;
    const std::string argument(
        reference.substr(form.prefix.size(), reference.size() - form.prefix.size() - 1));
    if (argument.empty() || argument.find_first_of("{}$") != std::string::npos) break;
    auto value = form.read(argument, environment);
    if (!value) return invalid_input(value.error().message);
    if (value->empty()) return invalid_input(std::string(reference) + " is empty");
    return Secret(std::move(*value));
  }
  return invalid_input("a secret is written as " + std::string(kSecretForms) + ", never as itself");
}

}  // namespace triage::config
