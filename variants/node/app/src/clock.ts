/** The time, as a dependency: tests hand in a clock that stands still. */
export class Clock {
  now(): Date {
    return new Date();
  }
}
