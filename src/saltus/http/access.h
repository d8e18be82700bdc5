// Who may ask: the defences of a server that anyone's browser can reach.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "saltus/http/request_head.h"

namespace saltus {

struct AccessConfig {
  // The names beside localhost and bare addresses under which the server is reached: a page that
  // made its own name point here (DNS rebinding) has another.
  std::vector<std::string> names;
  std::string token;  // empty: none is asked for
};

class Access {
 public:
  explicit Access(AccessConfig config);

  // HttpFault 403 for a Host that is not ours and for another site's page, 401 for want of the
  // token. `open`: does without the token.
  void check(const RequestHead& head, bool open) const;

  // Whether the request brings the token in its query, as the page's first one does: it is to be
  // answered by what makes the browser bring a cookie from then on.
  bool brings_token(const RequestHead& head) const;
  HttpAnswer welcome() const;

 private:
  bool is_our_host(std::string_view host) const;
  bool has_token(const RequestHead& head) const;

  AccessConfig config_;
  std::string session_;  // the cookie's value: not the token, which would go to other ports, too
};

// What every answer carries: nothing is loaded from elsewhere, framed, guessed or kept.
const std::vector<std::pair<std::string, std::string>>& security_headers();

// Whether a listener on `host` is reached from this machine alone.
bool is_loopback(const std::string& host);

}  // namespace saltus
