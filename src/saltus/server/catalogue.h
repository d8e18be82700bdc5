// The generators and zoos that a server offers, by name, and what it says of them.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "saltus/generator/critic.h"
#include "saltus/generator/generator.h"
#include "saltus/server/network_store.h"
#include "saltus/task/task.h"
#include "saltus/zoo/zoo.h"

namespace saltus {

struct ServedModel {
  std::string id;
  Generator generator;
  std::shared_ptr<const Task> task;  // null: its networks cannot be measured here
  std::shared_ptr<Critic> critic;    // null where none lies beside the generator
  std::shared_ptr<const NetworkKind> kind;

  const GeneratorDescription& description() const { return generator.description(); }
  const Layout& layout() const { return kind->layout; }
};

class ServedZoo {
 public:
  ServedZoo(std::string name, const std::filesystem::path& folder)
      : id(std::move(name)), zoo(folder) {}

  // Of every metric at every checkpoint, over all runs; worked out when first asked for.
  const Json& quantiles();
  int64_t place_of(int64_t run) const;  // r of a run's id; Error when there is none
  bool fits(const ServedModel& model) const;

  const std::string id;
  const Zoo zoo;

 private:
  std::once_flag once_;
  Json quantiles_;
};

// Where something lies, and what it is called: "PATH", or "NAME=PATH".
struct ServedPath {
  std::string id;
  std::filesystem::path path;
};

// `texts` as ServedPaths. Without a name it is the last folder's, of "demo/generator" and
// "demo/zoo" the one before; what is called the same gets a number. Error for a name with other
// characters than letters, digits, '.', '-' and '_', or given twice.
std::vector<ServedPath> name_paths(const std::vector<std::string>& texts);

class Catalogue {
 public:
  // Error when a file is missing or damaged. `data`: see task_of_generator.
  Catalogue(const std::vector<ServedPath>& models, const std::vector<ServedPath>& zoos,
            const std::string& data);

  const std::vector<std::unique_ptr<ServedModel>>& models() const { return models_; }
  const std::vector<std::unique_ptr<ServedZoo>>& zoos() const { return zoos_; }
  // HttpFault 404 with the nearest name.
  const ServedModel& model(const std::string& id) const;
  ServedZoo& zoo(const std::string& id) const;

 private:
  std::vector<std::unique_ptr<ServedModel>> models_;
  std::vector<std::unique_ptr<ServedZoo>> zoos_;
};

Json describe_model(const ServedModel& model);                        // openapi.yaml: Model
Json describe_zoo(const ServedZoo& zoo, const Catalogue& catalogue);  // openapi.yaml: Zoo

}  // namespace saltus
