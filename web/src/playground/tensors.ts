// Weights of networks, fetched once each: pictures and animations come back to the same ones.
import { api, type NetworkRef, type Tensor } from "../api";
import { startText } from "./state";

const kept = 96; // networks

export class TensorStore {
  private readonly known = new Map<string, Tensor[]>();

  constructor(private readonly model: string) {}

  async get(networks: NetworkRef[]): Promise<Tensor[][]> {
    const missing = networks.filter((network) => !this.known.has(startText(network)));
    for (let first = 0; first < missing.length; first += 32) {
      const part = missing.slice(first, first + 32);
      const found = await api.tensors(this.model, part);
      part.forEach((network, i) => this.known.set(startText(network), found[i]!));
    }
    const answer = networks.map((network) => this.known.get(startText(network))!);
    for (const oldest of [...this.known.keys()].slice(0, Math.max(0, this.known.size - kept)))
      this.known.delete(oldest);
    return answer;
  }
}
