const f = async (c) => {
  execSync(c);
};
