map "/pages" do
  run Pages
end
run Shop::Root
