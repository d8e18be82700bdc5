// Folders being watched: trainings and zoo builds, as they go.
#include <charconv>
#include <thread>

#include "saltus/http/event_stream.h"
#include "saltus/server/service.h"

namespace saltus {
namespace {

constexpr auto kBetweenLooks = std::chrono::milliseconds(250);
constexpr auto kBetweenComments = std::chrono::seconds(10);

const JobFolder& watched_folder(const Service& service, const std::string& id) {
  std::vector<std::string> names;
  for (const JobFolder& folder : service.watched) {
    if (folder.id == id) return folder;
    names.push_back(folder.id);
  }
  http_fail(404, "not_found", "job '{}': expected one of those at /v1/jobs{}", id,
            names.empty() ? "" : fmt::format("; did you mean {}?", nearest_name(id, names)));
}

// Where a client that comes back had got to.
int64_t resumed_at(const HttpRequest& request) {
  const std::string_view text = request.header("last-event-id");
  int64_t at = 0;
  const char* end = text.data() + text.size();
  const auto [stop, code] = std::from_chars(text.data(), end, at);
  return code == std::errc() && stop == end && at > 0 ? at : 0;
}

void follow(const JobFolder& folder, int64_t at, EventStream& stream) {
  Json last_progress;
  bool finished = false;
  auto spoken = std::chrono::steady_clock::now();
  stream.comment();  // the headers go out with it
  while (!stream.ended()) {
    const bool done = folder.finished();  // before the lines, of which none comes after
    bool said = false;
    for (;;) {
      const JobFolder::Lines found = folder.lines_after(at);
      if (found.restarted) {
        stream.send("restarted", Json::object());
        finished = false;
      }
      for (const auto& [line, end] : found.lines) {
        stream.send_text("line", line, fmt::format("{}", end));
      }
      said = said || !found.lines.empty();
      if (found.end == at || stream.ended()) break;
      at = found.end;
    }
    if (Json progress = folder.zoo_progress(); !progress.is_null() && progress != last_progress) {
      stream.send("zoo", progress);
      last_progress = std::move(progress);
      said = true;
    }
    if (done && !finished) stream.send("finished", Json::object());
    finished = done;
    const auto now = std::chrono::steady_clock::now();
    if (said) spoken = now;
    if (now - spoken > kBetweenComments) {
      stream.comment();
      spoken = now;
    }
    std::this_thread::sleep_for(kBetweenLooks);
  }
}

}  // namespace

void add_watch_routes(Router& router, Service& service) {
  router.add(get_route("/v1/jobs", [&service](const HttpRequest&) {
    Json jobs = Json::array();
    for (const JobFolder& folder : service.watched) {
      jobs.push_back({{"id", folder.id}, {"kind", folder.kind()}, {"name", folder.name()}});
    }
    return json_answer({{"jobs", jobs}});
  }));
  router.add(get_route("/v1/jobs/{id}/events", [&service](const HttpRequest& request) {
    const JobFolder& folder = watched_folder(service, request.route.at("id"));
    // Held by the answer as long as it is written.
    const auto place = std::make_shared<Slots::Place>(service.streams, request.client_gone);
    return HttpAnswer{.events = [&folder, place, at = resumed_at(request)](EventStream& stream) {
      follow(folder, at, stream);
    }};
  }));
}

}  // namespace saltus
