"""Trains a cart-pole policy by PPO in gymnasium's own vectorised simulator (pip install gymnasium).

  vectorised  256 environments a step, networks 4-32-32-1 and 4-16-16-1, 16 steps an iteration,
              4 passes of 4 mini-batches, as Saltus has it; the sign of the action is the push

Work: environment steps of training. Its checkpoints are kept, but not measured.
"""

import gymnasium
import torch
from common import Stopwatch, arguments, finish

ENVIRONMENTS, STEPS, PASSES, PARTS = 256, 16, 4, 4
DISCOUNT, TRACE, CLIP, SCALE = 0.99, 0.95, 0.2, 25.0


def mlp(width):
    return torch.nn.Sequential(
        torch.nn.Linear(4, width),
        torch.nn.SELU(),
        torch.nn.Linear(width, width),
        torch.nn.SELU(),
        torch.nn.Linear(width, 1),
    )


class Learner:
    def __init__(self, iterations):
        self.actor, self.critic, self.log_std = mlp(32), mlp(16), torch.nn.Parameter(torch.zeros(1))
        self.optimizer = torch.optim.Adam(
            [
                {"params": [*self.actor.parameters(), self.log_std], "lr": 1e-3},
                {"params": self.critic.parameters(), "lr": 1e-2},
            ],
            fused=True,
        )
        self.schedule = torch.optim.lr_scheduler.CosineAnnealingLR(self.optimizer, iterations)

    def policy(self, states):
        return torch.distributions.Normal(self.actor(states).squeeze(-1), self.log_std.exp())

    def value(self, states):
        return SCALE * self.critic(states).squeeze(-1)


@torch.inference_mode()
def collect(learner, environments, state):
    states, actions, logs, rewards, ends, values = [], [], [], [], [], []
    for _ in range(STEPS):
        policy = learner.policy(state)
        action = policy.sample()
        states.append(state)
        actions.append(action)
        logs.append(policy.log_prob(action))
        values.append(learner.value(state))
        following, reward, failed, cut, _ = environments.step((action > 0).long().numpy())
        state = torch.from_numpy(following).float()
        rewards.append(torch.as_tensor(reward, dtype=torch.float32))
        ends.append(torch.from_numpy(failed | cut))
    last = learner.value(state)
    advantage, advantages = torch.zeros(ENVIRONMENTS), []
    for t in reversed(range(STEPS)):
        going = (~ends[t]).float()
        error = rewards[t] + DISCOUNT * going * last - values[t]
        advantage = error + DISCOUNT * TRACE * going * advantage
        advantages.insert(0, advantage)
        last = values[t]
    flat = [torch.cat(part) for part in (states, actions, logs, advantages, values)]
    return state, flat


def learn(learner, states, actions, logs, advantages, values):
    returns = advantages + values
    advantages = (advantages - advantages.mean()) / (advantages.std() + 1e-8)
    for _ in range(PASSES):
        for part in torch.randperm(len(states)).chunk(PARTS):
            policy = learner.policy(states[part])
            ratio = (policy.log_prob(actions[part]) - logs[part]).exp()
            gain = torch.minimum(
                ratio * advantages[part], ratio.clamp(1 - CLIP, 1 + CLIP) * advantages[part]
            ).mean()
            bound = (policy.mean.abs() - 0.3).clamp(min=0).square().mean()
            miss = ((learner.value(states[part]) - returns[part]) / SCALE).square().mean()
            learner.optimizer.zero_grad()
            (-gain + 3 * bound + 0.5 * miss).backward()
            torch.nn.utils.clip_grad_norm_(learner.actor.parameters(), 0.2)
            torch.nn.utils.clip_grad_norm_(learner.critic.parameters(), 0.2)
            learner.optimizer.step()


def main():
    args = arguments(__doc__, ["vectorised"])
    torch.manual_seed(0)
    torch.set_num_threads(1)  # batches of 256 are slower on several
    iterations = 20 if args.brief else 100
    environments = gymnasium.make_vec(
        "CartPole-v1", num_envs=ENVIRONMENTS, vectorization_mode="vector_entry_point"
    )
    first, _ = environments.reset(seed=0)
    learner, state, zoo = Learner(iterations), torch.from_numpy(first).float(), []
    watch = Stopwatch()
    with watch.running():
        for _ in range(iterations):
            state, batch = collect(learner, environments, state)
            learn(learner, *[part.clone() for part in batch])
            learner.schedule.step()
            zoo.append(torch.nn.utils.parameters_to_vector(learner.actor.parameters()).detach())
    # The mean length of an episode under the last policy, from the steps and ends of 1,000 steps.
    state, ends = torch.from_numpy(environments.reset(seed=1)[0]).float(), 0
    with torch.inference_mode():
        for _ in range(1000):
            action = learner.policy(state).sample()
            following, _, failed, cut, _ = environments.step((action > 0).long().numpy())
            state = torch.from_numpy(following).float()
            ends += int((failed | cut).sum())
    finish(iterations * ENVIRONMENTS * STEPS, watch.seconds, 1000 * ENVIRONMENTS / max(1, ends))


if __name__ == "__main__":
    main()
