// A TCP proxy between a device and the API, which can be away, cut responses and replace them.
import { connect, createServer, type AddressInfo, type Socket } from "node:net";

type Fault = { request: RegExp; after: number; instead?: string };

export class Network {
  /** How many requests did not get the server's response. */
  faults = 0;
  url = "";
  private readonly sockets = new Set<Socket>();
  private away = false;
  private next: Fault | undefined;

  static async to(api: string): Promise<Network> {
    const network = new Network();
    const target = new URL(api);
    const server = createServer((near) => network.join(near, connect(Number(target.port), target.hostname)));
    server.listen(0, "127.0.0.1").unref();
    await new Promise((resolve) => server.once("listening", resolve));
    network.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    return network;
  }

  /** End all connections, and refuse new ones. */
  async disconnect(): Promise<void> {
    this.away = true;
    for (const socket of this.sockets) socket.destroy();
    await new Promise((resolve) => setTimeout(resolve, 50)); // The device notices.
  }

  reconnect(): void {
    this.away = false;
  }

  /** The next such request reaches the server, and the device gets so many bytes of the response. */
  cut(request: RegExp, after = 0): void {
    this.next = { request, after };
  }

  /** The next such request does not reach the server, and the device gets this response. */
  replace(request: RegExp, instead: string): void {
    this.next = { request, after: 0, instead };
  }

  private join(near: Socket, far: Socket): void {
    let fault: Fault | undefined;
    const end = () => [near, far].forEach((socket) => socket.destroy());
    for (const socket of [near, far]) {
      this.sockets.add(socket);
      socket.on("error", end).on("close", end).on("close", () => this.sockets.delete(socket));
    }
    if (this.away) return end();
    near.on("data", (data) => {
      if (!this.next?.request.test(data.toString("latin1"))) return far.write(data);
      fault = this.next;
      this.next = undefined;
      if (fault.instead === undefined) return far.write(data);
      this.faults += 1;
      return near.end(fault.instead);
    });
    far.on("data", (data) => {
      near.write(data.subarray(0, fault?.after));
      if (!fault || (fault.after -= data.length) > 0) return;
      this.faults += 1;
      near.end(end);
    });
  }
}
