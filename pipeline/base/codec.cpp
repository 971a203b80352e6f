#include "pipeline/base/codec.h"

#include <cmath>

namespace triage::codec {

bool is_whole(const Json& j) {
  if (j.is_integer()) return true;
  const double value = j.as_double();
  return j.is_number() && std::abs(value) < 9.0e18 && std::trunc(value) == value;
}

bool read(const Json& j, bool& v) {
  if (!j.is_bool()) return false;
  v = j.as_bool();
  return true;
}

bool read(const Json& j, double& v) {
  if (!j.is_number()) return false;
  v = j.as_double();
  return true;
}

bool read(const Json& j, std::string& v) {
  if (!j.is_string()) return false;
  v = j.as_string();
  return true;
}

bool read(const Json& j, RawText& v) {
  if (!j.is_string()) return false;
  v = RawText(j.as_string());
  return true;
}

bool read(const Json& j, SafeText& v) {
  if (!j.is_string()) return false;
  v = SafeTextCodec::restore(j.as_string());
  return true;
}

bool read(const Json& j, Json& v) {
  v = j;
  return true;
}

bool read(const Json& j, TimePoint& v) {
  const auto time = parse_rfc3339(j.as_string());
  if (time) v = *time;
  return time.has_value();
}

bool read(const Json& j, Milliseconds& v) {
  if (!j.is_number()) return false;
  v = Milliseconds(j.as_integer());
  return true;
}

}  // namespace triage::codec
