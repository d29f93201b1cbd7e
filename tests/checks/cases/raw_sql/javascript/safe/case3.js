function f(id) {
  throw new Error(`could not select the order from the store: ${id}`);
}
