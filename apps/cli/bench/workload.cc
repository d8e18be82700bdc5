#include "bench/workload.h"

#include <algorithm>
#include <charconv>

#include "bench/paths.h"
#include "saltus/base/error.h"

namespace saltus {
namespace {

// "loop=12": ours should be 12 times as fast as variant `loop`.
Peer peer_named(const std::string& text, const std::string& where) {
  Peer peer;
  const size_t equals = text.find('=');
  if (equals != std::string::npos && equals > 0) {
    peer.name = text.substr(0, equals);
    const char* end = text.data() + text.size();
    const auto [last, code] = std::from_chars(text.data() + equals + 1, end, peer.aim);
    if (code == std::errc() && last == end && peer.aim > 0) return peer;
  }
  fail("{}: peers: expected NAME=AIM, as loop=12, found '{}'", where, text);
}

// `of`: the names of workloads that are being read, each because of the one before it.
Workload read(const std::filesystem::path& file, std::vector<std::string> of) {
  Workload w;
  w.name = file.stem().string();
  of.push_back(w.name);
  if (std::ranges::count(of, w.name) > 1) {
    fail("{}: against: expected another workload, found a circle: {}", file.string(),
         fmt::join(of, ", "));
  }
  std::vector<std::string> peers, against;
  Options options;
  options.add("what", w.what, "one line for people");
  options.choice("path", w.path, path_names(), "what is run");
  options.add("unit", w.unit, "of work");
  options.add("config", w.config, "configuration file");
  options.add("population", w.population, "key=value of saltus zoo build");
  options.add("training", w.training, "key=value of saltus train");
  options.add("brief.population", w.brief_population, "further ones, with --brief");
  options.add("brief.training", w.brief_training, "further ones, with --brief");
  options.add("networks", w.networks, "in a batch", {1, 1e6});
  options.add("evaluations", w.evaluations, "of the generator", {1, 1000});
  options.add("processes", w.processes, "that train together", {1, 1024});
  options.add("gigabytes", w.gigabytes, "of a large zoo", {1e-3, 1e6});
  options.add("brief.gigabytes", w.brief_gigabytes, "the same, with --brief", {1e-3, 1e6});
  options.add("arguments", w.arguments, "of saltus");
  options.add("peak", w.peak, "that the rate is a share of");
  options.add("peak_share", w.peak_share, "the aim", {0, 1});
  options.add("score_below", w.score_below, "the aim for the score", {0, 1e9});
  options.add("peer_script", w.peer_script, "Python file");
  options.add("peers", peers, "NAME=AIM each");
  options.add("against", against, "workloads beside this one, NAME=AIM each");
  options.load_yaml(file);
  for (const std::string& peer : peers) w.peers.push_back(peer_named(peer, file.string()));
  if (w.peers.empty() != w.peer_script.empty()) {
    fail("{}: expected peers together with peer_script, found one of them", file.string());
  }
  for (const std::string& other : against) {
    Peer peer = peer_named(other, file.string());
    peer.workload =
        std::make_shared<Workload>(read(file.parent_path() / (peer.name + ".yaml"), of));
    w.peers.push_back(std::move(peer));
  }
  if (w.unit.empty()) fail("{}: unit: expected the unit of work, found none", file.string());
  return w;
}

}  // namespace

Workload read_workload(const std::filesystem::path& file) { return read(file, {}); }

}  // namespace saltus
