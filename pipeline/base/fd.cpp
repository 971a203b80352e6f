#include "pipeline/base/fd.h"

#include <unistd.h>

namespace triage {

void Fd::reset() {
  if (fd_ >= 0) ::close(fd_);
  fd_ = -1;
}

}  // namespace triage
