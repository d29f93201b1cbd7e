async function f(p) {
  return fs.readFileSync(p);
}
