package orders

func run(ctx context.Context, id string, ids []string) {
	apiKey := os.Getenv("API_KEY")
}
