#include "saltus/server/catalogue.h"

#include <algorithm>
#include <cmath>

#include "saltus/base/error.h"
#include "saltus/base/quantile.h"
#include "saltus/http/message.h"
#include "saltus/workflow/model_files.h"
#include "saltus/workflow/task_match.h"

namespace saltus {
namespace {

namespace fs = std::filesystem;

bool is_id(const std::string& text) {
  return !text.empty() && text.size() <= 128 &&
         std::isalnum(static_cast<unsigned char>(text.front())) != 0 &&
         std::ranges::all_of(text, [](unsigned char c) {
           return std::isalnum(c) != 0 || c == '.' || c == '-' || c == '_';
         });
}

// The name of a folder that says something.
std::string name_of(const fs::path& given) {
  fs::path path = fs::absolute(given).lexically_normal();
  if (!path.has_filename()) path = path.parent_path();
  if (fs::is_regular_file(path)) path = path.parent_path();
  static const std::vector<std::string> kMute = {"generator", "zoo"};
  if (std::ranges::count(kMute, path.filename().string()) > 0 &&
      path.parent_path().has_filename()) {
    path = path.parent_path();
  }
  std::string name = path.filename().string();
  for (char& c : name) {
    if (std::isalnum(static_cast<unsigned char>(c)) == 0 && c != '.' && c != '_') c = '-';
  }
  return is_id(name) ? name : "x" + name.substr(0, 100);
}

std::unique_ptr<ServedModel> load_model(const ServedPath& named, const std::string& data) {
  const fs::path file = model_file(named.path);
  Generator generator = Generator::load(file);
  // The simulator has no data, and refuses to be given any.
  const bool simulated = generator.description().task == "cartpole";
  std::shared_ptr<const Task> task = task_of_generator(generator, simulated ? "" : data);
  std::shared_ptr<Critic> critic;
  if (fs::exists(file.parent_path() / "critic.safetensors")) {
    critic = load_critic(file.parent_path(), generator);
  }
  auto kind = std::make_shared<const NetworkKind>(generator.description().architecture->layout());
  return std::make_unique<ServedModel>(ServedModel{named.id, std::move(generator), std::move(task),
                                                   std::move(critic), std::move(kind)});
}

template <typename T>
T& named(const std::vector<std::unique_ptr<T>>& all, const std::string& id, const char* what) {
  std::vector<std::string> names;
  for (const std::unique_ptr<T>& one : all) {
    if (one->id == id) return *one;
    names.push_back(one->id);
  }
  if (names.empty()) http_fail(404, "not_found", "{} '{}': this server has none", what, id);
  http_fail(404, "not_found", "{} '{}': expected one of {}; did you mean {}?", what, id,
            fmt::join(names, ", "), nearest_name(id, names));
}

}  // namespace

std::vector<ServedPath> name_paths(const std::vector<std::string>& texts) {
  std::vector<ServedPath> all;
  const auto taken = [&](const std::string& id) {
    return std::ranges::count(all, id, &ServedPath::id) > 0;
  };
  for (const std::string& text : texts) {
    const size_t equals = text.find('=');
    if (equals != std::string::npos && text.find('/') > equals) {
      const std::string id = text.substr(0, equals);
      if (!is_id(id)) {
        fail("{}: expected a name of letters, digits, '.', '-' and '_'", text);
      }
      if (taken(id)) fail("{}: the name {} is given twice", text, id);
      all.push_back({id, text.substr(equals + 1)});
      continue;
    }
    const std::string name = name_of(text);
    std::string id = name;
    for (int number = 2; taken(id); ++number) id = fmt::format("{}-{}", name, number);
    all.push_back({id, text});
  }
  return all;
}

Catalogue::Catalogue(const std::vector<ServedPath>& models, const std::vector<ServedPath>& zoos,
                     const std::string& data) {
  for (const ServedPath& model : models) models_.push_back(load_model(model, data));
  for (const ServedPath& zoo : zoos) {
    zoos_.push_back(std::make_unique<ServedZoo>(zoo.id, zoo.path));
  }
}

const ServedModel& Catalogue::model(const std::string& id) const {
  return named(models_, id, "model");
}

ServedZoo& Catalogue::zoo(const std::string& id) const { return named(zoos_, id, "zoo"); }

bool ServedZoo::fits(const ServedModel& model) const {
  const GeneratorDescription& d = model.description();
  return d.task == zoo.description().task &&
         d.architecture->to_json() == zoo.description().architecture;
}

int64_t ServedZoo::place_of(int64_t run) const {
  for (int64_t r = 0; r < zoo.runs(); ++r) {
    if (zoo.run_id(r) == run) return r;
  }
  http_fail(404, "not_found", "zoo {}: there is no run {}; its runs are listed at /v1/zoos/{}/runs",
            id, run, id);
}

const Json& ServedZoo::quantiles() {
  std::call_once(once_, [&] {
    static constexpr std::pair<const char*, double> kQuantiles[] = {
        {"0.05", 0.05}, {"0.25", 0.25}, {"0.5", 0.5}, {"0.75", 0.75}, {"0.95", 0.95}};
    Json metrics = Json::object();
    const std::vector<Metric>& all = zoo.description().metrics;
    for (size_t m = 0; m < all.size(); ++m) {
      Json& metric = metrics[all[m].name] = Json::object();
      for (const auto& [name, q] : kQuantiles) metric[name] = Json::array();
      for (int64_t c = 0; c < zoo.checkpoints(); ++c) {
        std::vector<float> values;
        for (int64_t r = 0; r < zoo.runs(); ++r) {
          const float value = zoo.metric(r, c, static_cast<int64_t>(m));
          if (!std::isnan(value)) values.push_back(value);
        }
        std::ranges::sort(values);
        for (const auto& [name, q] : kQuantiles) {
          if (values.empty()) {
            metric[name].push_back(nullptr);
            continue;
          }
          metric[name].push_back(sorted_quantile(values, q));
        }
      }
    }
    Json iteration = Json::array();
    if (zoo.runs() > 0) {
      for (const int64_t i : zoo.iterations(0)) iteration.push_back(i);
    }
    quantiles_ = {{"iteration", iteration}, {"metrics", metrics}};
  });
  return quantiles_;
}

}  // namespace saltus
