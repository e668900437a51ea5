/** Why Envoy cannot do what a route asks for, so that Sluice does. */
export class Refusal {
  readonly why: string;

  constructor(why: string) {
    this.why = why;
  }
}
