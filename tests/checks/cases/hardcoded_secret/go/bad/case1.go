package orders

func run(ctx context.Context, id string, ids []string) {
	apiKey := "qT7-93kLm2!xZ"
}
