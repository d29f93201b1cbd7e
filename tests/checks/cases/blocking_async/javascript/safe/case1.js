async function f(p) {
  return fs.promises.readFile(p);
}
